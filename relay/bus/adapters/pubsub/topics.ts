/** Topics and subscriptions, which are made where they are missing. */
import { type Clients, isAbsent, isThere } from "./client.ts";

/** How long topics and subscriptions keep what was published, seconds. */
const RETENTION_SECONDS = 7 * 86_400;
/** How long the subscription of one that died is kept: the least that there is. */
const LEAST_TTL_SECONDS = 86_400;

/** A topic as requests name it. */
export function topicPath(project: string, topic: string): string {
  return `projects/${project}/topics/${topic}`;
}

/** Makes a topic; nothing where it is there. */
export async function createTopic({ publisher, once }: Pick<Clients, "publisher" | "once">, name: string): Promise<void> {
  await publisher.createTopic({ name }, once).catch((error: unknown) => {
    if (!isThere(error)) throw error;
  });
}

/** Whether a topic is there. */
export async function hasTopic({ publisher, project, once }: Clients, topic: string): Promise<boolean> {
  try {
    await publisher.getTopic({ topic: topicPath(project, topic) }, once);
    return true;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}

/** Makes a subscription that keeps order; its path, or undefined where its topic does not exist. */
export async function createSubscription(
  { subscriber, project, once }: Clients,
  topic: string,
  name: string,
  { ackDeadlineSeconds, isTemporary }: { ackDeadlineSeconds: number; isTemporary: boolean },
): Promise<string | undefined> {
  const path = subscriber.subscriptionPath(project, name);
  try {
    await subscriber.createSubscription(
      {
        name: path,
        topic: topicPath(project, topic),
        ackDeadlineSeconds,
        enableMessageOrdering: true,
        messageRetentionDuration: { seconds: RETENTION_SECONDS },
        // Without a time it never expires; by itself it would after 31 days without a member.
        expirationPolicy: isTemporary ? { ttl: { seconds: LEAST_TTL_SECONDS } } : {},
      },
      once,
    );
  } catch (error) {
    if (isAbsent(error)) return undefined;
    if (!isThere(error)) throw error;
  }
  return path;
}
