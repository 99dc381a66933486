/** Faults of requests to brokers, and which of them are those of single topics. */
import type { BusRecord } from "../../../port/bus.ts";

/** One topic's part in a failure: `code` is the protocol's name of the error. */
export interface TopicFault {
  topic: string;
  code: string;
  message: string;
}

/** A write failed. Without `topics` the fault is the cluster's, or the way to it is. */
export class KafkaFault extends Error {
  override readonly name = "KafkaFault";
  readonly topics: readonly TopicFault[];

  constructor(message: string, topics: readonly TopicFault[], options?: ErrorOptions) {
    super(message, options);
    this.topics = topics;
  }
}

/** Errors that a broker says of one topic, by the protocol's name. */
const OF_TOPICS: ReadonlySet<string> = new Set([
  "MESSAGE_TOO_LARGE",
  "RECORD_LIST_TOO_LARGE",
  "INVALID_RECORD",
  "TOPIC_AUTHORIZATION_FAILED",
  "INVALID_TOPIC_EXCEPTION",
  "UNKNOWN_TOPIC_OR_PARTITION",
  "LEADER_NOT_AVAILABLE",
  "NOT_LEADER_OR_FOLLOWER",
  "NOT_ENOUGH_REPLICAS",
  "NOT_ENOUGH_REPLICAS_AFTER_APPEND",
  "KAFKA_STORAGE_ERROR",
  "CORRUPT_MESSAGE",
  "INVALID_TIMESTAMP",
  "POLICY_VIOLATION",
]);

/** What a broker said in response to a request about a topic: the topic's fault, or where the error is of another kind the cluster's. */
export function topicFault(topic: string, code: string, message: string, cause: Error): KafkaFault {
  const topics = OF_TOPICS.has(code) ? [{ topic, code, message }] : [];
  return new KafkaFault(`${topic}: ${code}: ${message}`, topics, { cause });
}

/** The topics that alone are at fault, if there are any. Where all of several are, or one that has none of the records, it is the cluster. */
export function faultyTopics(error: unknown, records: readonly BusRecord[]): string[] | undefined {
  if (!(error instanceof KafkaFault)) return undefined;
  const faulty = new Set(error.topics.map(({ topic }) => topic));
  const topics = new Set(records.map(({ topic }) => topic));
  const isAll = faulty.size > 1 && faulty.size === topics.size;
  return faulty.size === 0 || isAll || ![...faulty].every((topic) => topics.has(topic)) ? undefined : [...faulty];
}

/** Waits for all, and rejects with what went wrong, as one: with a {@link KafkaFault} of topics only where nothing else failed. */
export async function all<T>(work: Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(work);
  const errors = results.flatMap((result) => (result.status === "rejected" ? [result.reason as Error] : []));
  const other = errors.find((error) => !(error instanceof KafkaFault && error.topics.length > 0));
  if (other !== undefined) throw other;
  const [first, ...more] = errors as KafkaFault[];
  if (first === undefined) return results.map((result) => (result as PromiseFulfilledResult<T>).value);
  if (more.length === 0) throw first;
  throw new KafkaFault(
    errors.map(({ message }) => message).join("; "),
    (errors as KafkaFault[]).flatMap(({ topics }) => topics),
    { cause: first },
  );
}
