/** The client `kafkajs` behind the bus `kafka`. */
import { ExponentialBackoff, handleWhen, retry } from "cockatiel";
import kafkajs, {
  type Admin,
  type CompressionTypes,
  type Kafka,
  type KafkaJSError,
  type Producer,
  type Transaction,
} from "kafkajs";
import { waves } from "./batches.ts";
import { topicFault } from "./refusals.ts";
import {
  all,
  KafkaFault,
  type KafkaClient,
  type KafkaPlace,
  type KafkaProducer,
  type PartitionBatch,
  TRANSACTION_MS,
} from "./producer.ts";

const COMPRESSION: Readonly<Record<KafkaPlace["compression"], CompressionTypes>> = {
  none: kafkajs.CompressionTypes.None,
  gzip: kafkajs.CompressionTypes.GZIP,
  snappy: kafkajs.CompressionTypes.Snappy,
  lz4: kafkajs.CompressionTypes.LZ4,
  zstd: kafkajs.CompressionTypes.ZSTD,
};

/** A group's coordinator that has just begun or moved says so for a moment, and kafkajs does not ask again. */
const asking = retry(
  handleWhen((error) => (error as Partial<KafkaJSError>).retriable === true),
  { maxAttempts: 8, backoff: new ExponentialBackoff({ initialDelay: 50, maxDelay: 1_000 }) },
);

/** Makes the client. `admin` is connected by whoever made it. */
export function kafkajsClient(kafka: Kafka, admin: Admin, place: KafkaPlace): KafkaClient {
  return {
    async fence() {
      const producer = kafka.producer({
        transactionalId: place.id,
        transactionTimeout: TRANSACTION_MS,
        idempotent: true,
        maxInFlightRequests: 1,
        allowAutoTopicCreation: false,
        createPartitioner:
          () =>
          ({ message }) =>
            message.partition ?? 0,
        // For what a coordinator says between two transactions; a batch is tried again by the relay's own policy alone.
        retry: { retries: 8, initialRetryTime: 30, maxRetryTime: 1_000 },
      });
      try {
        await producer.connect();
        // kafkajs sends InitProducerId with the first transaction. Nothing is in this one, so nothing is written.
        await (await producer.transaction()).abort();
      } catch (error) {
        // Whoever tries again makes another; this one's connections would stay.
        producer.disconnect().catch(() => {});
        throw error;
      }
      return holder(producer, admin, place);
    },
    async lastBatch() {
      const [found] = await asking.execute(() => admin.fetchOffsets({ groupId: place.id, topics: [place.checkpoints] }));
      return Math.max(0, Number(found?.partitions.find(({ partition }) => partition === 0)?.offset ?? 0));
    },
  };
}

/**
 * A producer that failed is never used again: kafkajs rolls the sequences of a request back on an error, whatever the brokers did with it,
 * and the next one fences it (KIP-98). Only a request with a single partition that was refused is known to have left nothing.
 */
function holder(producer: Producer, admin: Admin, { id, checkpoints, compression }: KafkaPlace): KafkaProducer {
  let open: Transaction | undefined;
  const partitions = new Map<string, number>();
  const transaction = async () => (open ??= await producer.transaction());

  const write = async (batches: PartitionBatch[]): Promise<void> => {
    const current = await transaction();
    // A request has but one topic, since an error of kafkajs does not tell which it is of.
    await all([...Map.groupBy(batches, ({ topic }) => topic)].map(([topic, own]) => writeTopic(current, topic, own)));
  };
  const writeTopic = async (current: Transaction, topic: string, batches: PartitionBatch[]): Promise<void> => {
    for (const wave of waves(batches)) {
      const messages = wave.flatMap(({ partition, records }) => {
        return records.map(({ key, value, headers }) => ({ key, value, headers, partition }));
      });
      const request = { acks: -1, compression: COMPRESSION[compression], topicMessages: [{ topic, messages }] };
      await current.sendBatch(request).catch((error: Error) => Promise.reject(faultOf(error, topic)));
    }
  };
  return {
    async partitions(topic) {
      const known = partitions.get(topic);
      if (known !== undefined) return known;
      try {
        const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
        const count = topics[0]?.partitions.length ?? 0;
        partitions.set(topic, count);
        return count;
      } catch (error) {
        throw faultOf(error as Error, topic);
      }
    },
    write,
    async writeWithReceipt(batches, number) {
      await write(batches);
      const offsets = [{ partition: 0, offset: String(number) }];
      await (await transaction()).sendOffsets({ consumerGroupId: id, topics: [{ topic: checkpoints, partitions: offsets }] });
    },
    async commit() {
      await open?.commit();
      open = undefined;
    },
    // Not awaited: a producer that hangs may hang here as well.
    abandon: () => void producer.disconnect().catch(() => {}),
    close: () => producer.disconnect(),
  };
}

/** What kafkajs threw for a request to one topic. It wraps what a broker said once it gives up. */
function faultOf(error: Error, topic: string): KafkaFault {
  for (let said: unknown = error; said instanceof Error; said = said.cause) {
    if (said.name !== "KafkaJSProtocolError") continue;
    const { type: code, message } = said as Error & { type: string };
    return topicFault(topic, code, message, error);
  }
  return new KafkaFault(error.message, [], { cause: error });
}
