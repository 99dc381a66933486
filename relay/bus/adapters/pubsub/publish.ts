/**
 * Publishes records. A request has messages of one topic and one key only, which Pub/Sub asks for, and takes all of them or none; the next of
 * the key goes when it is confirmed.
 */
import { type BusRecord, PublishError, type Refusal } from "../../port/bus.ts";
import { type Clients, isAbsent, isRefused, isWrong } from "./client.ts";
import { bytesOf, type Message, refusalOf, toMessage } from "./message.ts";
import { createTopic, topicPath } from "./topics.ts";

/** Of a request. https://docs.cloud.google.com/pubsub/quotas#resource_limits */
const MOST_MESSAGES = 1_000;
const MOST_BYTES = 9_900_000;
/** Keys that are published at a time. */
const AT_ONCE = 32;

interface Entry {
  record: BusRecord;
  message: Message;
}

/** Publishes; rejects with a {@link PublishError} of what is not there. */
export async function publishRecords(clients: Clients, createTopics: boolean, records: BusRecord[]): Promise<void> {
  const entries = records.map((record): Entry => ({ record, message: toMessage(record) }));
  refuseBefore(entries);
  const left = new Set(records);
  const refused = new Map<BusRecord, Refusal>();
  const failures: unknown[] = [];
  const lanes = [...Map.groupBy(entries, ({ record: { topic, key } }) => JSON.stringify([topic, key])).values()];
  const publishLane = async (lane: Entry[]): Promise<void> => {
    for (const some of cut(lane)) {
      try {
        await publish(clients, createTopics, some);
        for (const { record } of some) left.delete(record);
      } catch (error) {
        const refusal = refusalIn(error, some[0]!.record.topic);
        if (refusal === undefined) failures.push(error);
        else for (const { record } of some) refused.set(record, refusal);
        return;
      }
    }
  };
  const worker = async (): Promise<void> => {
    for (let lane = lanes.shift(); lane !== undefined; lane = lanes.shift()) await publishLane(lane);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  if (left.size === 0) return;
  const missing = records.filter((record) => left.has(record));
  const cause = failures.find((error) => !isRefused(error)) ?? failures[0];
  const outcome = cause === undefined || isRefused(cause) ? "absent" : "unknown";
  const said = cause instanceof Error ? cause.message : [...refused.values()][0]?.message;
  throw new PublishError(outcome, `${left.size} of ${records.length} records were not taken: ${said}`, {
    cause,
    missing,
    ...(refused.size > 0 ? { refused } : {}),
  });
}

async function publish({ publisher, project, once }: Clients, createTopics: boolean, entries: Entry[]): Promise<void> {
  const topic = topicPath(project, entries[0]!.record.topic);
  const request = { topic, messages: entries.map(({ message }) => message) };
  try {
    await publisher.publish(request, once);
  } catch (error) {
    if (!isAbsent(error) || !createTopics) throw error;
    await createTopic({ publisher, once }, topic);
    await publisher.publish(request, once);
  }
}

function refusalIn(error: unknown, topic: string): Refusal | undefined {
  const { message } = error as Error;
  if (isAbsent(error))
    return { code: "topic_unavailable", message: `there is no topic ${topic}: create it, or set PUBSUB_CREATE_TOPICS=true` };
  return isWrong(error) ? { code: "record_refused", message } : undefined;
}

function refuseBefore(entries: Entry[]): void {
  const refused = new Map<BusRecord, Refusal>();
  for (const { record, message } of entries) {
    const refusal = refusalOf(message, MOST_BYTES);
    if (refusal !== undefined) refused.set(record, refusal);
  }
  const [first] = refused.values();
  if (first === undefined) return;
  const missing = entries.map(({ record }) => record);
  throw new PublishError("absent", `${refused.size} records are refused: ${first.message}`, { refused, missing });
}

/** Requests, in order. */
function cut(lane: Entry[]): Entry[][] {
  const requests: Entry[][] = [];
  let bytes = Infinity;
  for (const entry of lane) {
    const own = bytesOf(entry.message);
    const last = requests.at(-1);
    if (last === undefined || last.length === MOST_MESSAGES || bytes + own > MOST_BYTES) {
      requests.push([entry]);
      bytes = own;
    } else {
      last.push(entry);
      bytes += own;
    }
  }
  return requests;
}
