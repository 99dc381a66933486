/** Moves the leaders of topics from broker to broker. */
import { Connection, createAPI, type Reader, type RequestCreator, Writer } from "@platformatic/kafka";
import type { Admin } from "kafkajs";

/** Partitions of a topic. */
interface TopicPartitions {
  topic: string;
  partitions: number[];
}

const PREFERRED = 0;
const TIMEOUT_MS = 5_000;

function electRequest(topics: TopicPartitions[]): Writer {
  return Writer.create()
    .appendInt8(PREFERRED)
    .appendArray(topics, (writer, { topic, partitions }) => {
      writer.appendString(topic).appendArray(partitions, (inner, partition) => inner.appendInt32(partition), true, false);
    })
    .appendInt32(TIMEOUT_MS)
    .appendTaggedFields();
}

/** Elects the first replica of each partition to lead it (ElectLeaders, version 2); its answer is not looked at: who leads is seen by who takes. */
const elect = createAPI<[TopicPartitions[]], number>(
  43,
  2,
  electRequest as RequestCreator,
  (_id, _key, _version, reader: Reader) => reader.readInt32(),
);

/** Makes the brokers lead the topics' partitions in turn, beginning with the `turn`th. Rejects where no broker can be had. */
export async function moveLeaders(admin: Admin, brokers: string[], ids: readonly number[], topics: string[], turn: number) {
  const { topics: found } = await admin.fetchTopicMetadata({ topics });
  const places = found.map(({ name, partitions }) => ({
    topic: name,
    partitions: partitions.map(({ partitionId }) => partitionId),
  }));
  const replicas = (partition: number) => ids.map((_, i) => ids[(turn + partition + i) % ids.length]!);
  await admin.alterPartitionReassignments({
    topics: places.map(({ topic, partitions }) => ({
      topic,
      partitionAssignment: partitions.map((partition) => ({ partition, replicas: replicas(partition) })),
    })),
  });
  for (const broker of brokers) {
    const [host = "", port] = broker.split(":");
    const connection = new Connection("moves");
    try {
      await connection.connect(host, Number(port));
      return await elect.async(connection, places);
    } catch {
      // This one is killed just now; the next may be asked.
    } finally {
      await connection.close();
    }
  }
  throw new Error(`expected one of ${brokers.join(", ")} to elect leaders`);
}
