/**
 * The clients of the bus pubsub, and what their errors tell. They are those below the library's publishers and subscribers, whose retries
 * last ten minutes, which do not pause a key after a failed publish, and which hand over more than they are asked for.
 */
import { PubSub, v1 } from "@google-cloud/pubsub";
import type { PubsubOptions } from "./settings.ts";

/** Clients, and what every call of theirs is made with. */
export interface Clients {
  publisher: v1.PublisherClient;
  subscriber: v1.SubscriberClient;
  project: string;
  /** One try, within its time. */
  once: { timeout: number; retry: null };
  close(): Promise<void>;
}

/** Makes them. Credentials come from where Google's library finds them. */
export async function connectPubsub({ project = "", endpoint, requestTimeoutMs }: PubsubOptions): Promise<Clients> {
  const pubsub = new PubSub({ projectId: project, ...(endpoint === undefined ? {} : { apiEndpoint: endpoint }) });
  // Its types say less than the clients take of it.
  const config = (await pubsub.getClientConfig()) as ConstructorParameters<typeof v1.PublisherClient>[0];
  const publisher = new v1.PublisherClient(config);
  const subscriber = new v1.SubscriberClient(config);
  return {
    publisher,
    subscriber,
    project,
    once: { timeout: requestTimeoutMs, retry: null },
    async close() {
      await Promise.all([publisher.close(), subscriber.close(), pubsub.close()]);
    },
  };
}

/** gRPC's numbers. https://grpc.io/docs/guides/status-codes/ */
const CODE = { INVALID_ARGUMENT: 3, NOT_FOUND: 5, ALREADY_EXISTS: 6 };
/** Deadlines, aborts, failures inside, and connections that broke: something may have been done. All others refuse. */
const UNKNOWN: ReadonlySet<number | undefined> = new Set([undefined, 1, 2, 4, 10, 13, 14, 15]);
/** What gRPC says where nothing was sent. */
const NOT_SENT =
  /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|No connection established|Name resolution failed|Could not load the default credentials/;

const codeOf = (error: unknown): number | undefined => (error as { code?: number }).code;

/** Whether it is sure that nothing of the request was done. */
export function isRefused(error: unknown): boolean {
  return !UNKNOWN.has(codeOf(error)) || NOT_SENT.test((error as Error).message);
}

/** Whether what was asked for does not exist. */
export function isAbsent(error: unknown): boolean {
  return codeOf(error) === CODE.NOT_FOUND;
}

/** Whether what was to be made is there. */
export function isThere(error: unknown): boolean {
  return codeOf(error) === CODE.ALREADY_EXISTS;
}

/** Whether the request itself is at fault, and so never will be taken. */
export function isWrong(error: unknown): boolean {
  return codeOf(error) === CODE.INVALID_ARGUMENT;
}
