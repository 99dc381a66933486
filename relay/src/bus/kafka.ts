/**
 * The bus `kafka` (and redpanda, by the same protocol), on kafkajs.
 *
 * Each batch is one transaction under the `transactional.id` of this relay's slot, and the same transaction commits the batch's number
 * as the offset of a group that has no members. So whether the bus took a batch is one question after a fence (docs/decisions.md).
 * A producer that failed is never used again: kafkajs rolls its sequences back on errors, and the next one fences it (KIP-98).
 */
import { ExponentialBackoff, handleWhen, retry } from "cockatiel";
import { Kafka, type KafkaConfig, type KafkaJSError, logLevel, Partitioners, type Producer } from "kafkajs";
import type { Config } from "../settings.ts";
import { failPoint } from "../policy/fail-point.ts";
import { type Batch, type Bus, type BusRecord, PublishError } from "./bus.ts";
import { readKafka } from "./kafka-read.ts";

/** How long one publish may take, milliseconds. With five attempts it stays under the minute that a delivery has. */
const PUBLISH_MS = 8_000;
/** Bytes in one produce request of a transaction, under the brokers' default `max.message.bytes` of 1 MiB. */
const REQUEST_BYTES = 800_000;

/** A group's coordinator that has just begun or moved says so for a moment, and kafkajs does not ask again. */
const asking = retry(
  handleWhen((error) => (error as Partial<KafkaJSError>).retriable === true),
  { maxAttempts: 8, backoff: new ExponentialBackoff({ initialDelay: 50, maxDelay: 1_000 }) },
);

type KafkaSettings = Pick<
  Config,
  | "EVENT_PUBLISHER"
  | "KAFKA_BROKERS"
  | "KAFKA_CLIENT_ID"
  | "KAFKA_TOPIC_PREFIX"
  | "KAFKA_TOPIC_PARTITIONS"
  | "KAFKA_TLS_ENABLED"
  | "KAFKA_SASL_MECHANISM"
  | "KAFKA_SASL_USERNAME"
  | "KAFKA_SASL_PASSWORD"
  | "RELAY_SLOT"
>;

type Transport = Pick<KafkaConfig, "socketFactory">;

/** Makes the bus; nothing is connected before `open` or `read`. `transport` opens its sockets where the usual way is not wanted. */
export function createKafkaBus(config: KafkaSettings, transport: Transport = {}): Bus {
  const kafka = connect(config, transport);
  const admin = kafka.admin({ retry: { retries: 2 } });
  const checkpoints = `${config.KAFKA_TOPIC_PREFIX}sightline.checkpoints`;
  const groupId = `${config.KAFKA_CLIENT_ID}.relay.${config.RELAY_SLOT}`;
  let producer: Producer | undefined;

  /** A new producer under the same transactional.id: what its predecessors have under way is aborted, or can no longer be begun. */
  const fence = async (): Promise<Producer> => {
    drop();
    const fresh = kafka.producer({
      transactionalId: groupId,
      idempotent: true,
      maxInFlightRequests: 1,
      createPartitioner: Partitioners.DefaultPartitioner,
      // For what a coordinator answers between two transactions; a batch is tried again by the relay's own policy alone.
      retry: { retries: 8, initialRetryTime: 30, maxRetryTime: 1_000 },
    });
    await fresh.connect();
    // kafkajs sends InitProducerId with the first transaction. Nothing is in this one, so nothing is written.
    await (await fresh.transaction()).abort();
    producer = fresh;
    return fresh;
  };
  const drop = (): void => {
    // Not awaited: a producer that hangs may hang here as well.
    producer?.disconnect().catch(() => {});
    producer = undefined;
  };

  const lastBatch = async (): Promise<number> => {
    const [found] = await asking.execute(() => admin.fetchOffsets({ groupId, topics: [checkpoints] }));
    return Math.max(0, Number(found?.partitions.find(({ partition }) => partition === 0)?.offset ?? 0));
  };

  const inTransaction = async ({ number, records }: Batch, progress: Progress): Promise<void> => {
    const transaction = await (producer ?? (await fence())).transaction();
    for (const topicMessages of requests(records)) await transaction.sendBatch({ acks: -1, topicMessages });
    const partitions = [{ partition: 0, offset: String(number) }];
    await transaction.sendOffsets({ consumerGroupId: groupId, topics: [{ topic: checkpoints, partitions }] });
    // Given up already: a commit now would contradict what was reported.
    if (progress.over) return;
    failPoint("before_commit");
    progress.committing = true;
    await transaction.commit();
  };

  return {
    name: `${config.EVENT_PUBLISHER} (${config.KAFKA_BROKERS})`,
    capabilities: { durable: true, replay: true, orderByKey: true, transactions: true, lookup: true },
    async open(topics) {
      await admin.connect();
      const there = new Set(await admin.listTopics());
      const fresh = topics
        .filter((topic) => !there.has(topic))
        .map((topic) => ({ topic, numPartitions: config.KAFKA_TOPIC_PARTITIONS }));
      if (!there.has(checkpoints)) fresh.push({ topic: checkpoints, numPartitions: 1 });
      if (fresh.length > 0) await admin.createTopics({ topics: fresh, waitForLeaders: true });
      await fence();
      return { lastBatch: await lastBatch() };
    },
    async publish(batch) {
      const progress: Progress = { committing: false, over: false };
      try {
        await within(PUBLISH_MS, inTransaction(batch, progress));
      } catch (cause) {
        progress.over = true;
        drop();
        throw new PublishError(progress.committing ? "unknown" : "absent", (cause as Error).message, { cause });
      }
    },
    async settle({ number }) {
      await within(PUBLISH_MS, fence());
      return (await within(PUBLISH_MS, lastBatch())) >= number ? "published" : "absent";
    },
    read: (options) => readKafka(kafka, config.KAFKA_CLIENT_ID, options),
    async close() {
      await producer?.disconnect();
      await admin.disconnect();
    },
  };
}

interface Progress {
  /** The commit was asked for: from here on an error leaves the outcome unknown. */
  committing: boolean;
  /** The publish was reported as failed. */
  over: boolean;
}

function connect(config: KafkaSettings, transport: Transport): Kafka {
  const { KAFKA_SASL_MECHANISM: mechanism, KAFKA_SASL_USERNAME: username = "", KAFKA_SASL_PASSWORD: password = "" } = config;
  return new Kafka({
    ...transport,
    clientId: config.KAFKA_CLIENT_ID,
    brokers: (config.KAFKA_BROKERS ?? "").split(",").map((broker) => broker.trim()),
    ssl: config.KAFKA_TLS_ENABLED,
    // What the relay logs is its own outcome of each call; kafkajs would log every attempt of its own beside it.
    logLevel: logLevel.NOTHING,
    connectionTimeout: 3_000,
    requestTimeout: 7_000,
    retry: { retries: 2, initialRetryTime: 100, maxRetryTime: 1_000 },
    ...(mechanism ? { sasl: { mechanism: mechanism as "plain", username, password } } : {}),
  });
}

/** Cuts records into produce requests, in order, grouped by topic. Keys are never empty, so a key's partition does not change. */
function* requests(
  records: BusRecord[],
): Generator<{ topic: string; messages: Pick<BusRecord, "key" | "value" | "headers">[] }[]> {
  let bytes = 0;
  let part: BusRecord[] = [];
  const grouped = () => [...Map.groupBy(part, ({ topic }) => topic)].map(([topic, messages]) => ({ topic, messages }));
  for (const record of records) {
    if (part.length > 0 && bytes + record.value.length > REQUEST_BYTES) {
      yield grouped();
      part = [];
      bytes = 0;
    }
    part.push(record);
    bytes += record.value.length;
  }
  if (part.length > 0) yield grouped();
}

/** Rejects when `work` takes longer than `ms`; what it does after that is its own affair. */
async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer from the brokers within ${ms} ms`)), ms);
  });
  work.catch(() => {});
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
