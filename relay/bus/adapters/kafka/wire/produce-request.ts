/** The produce request of `@platformatic/kafka`, with record batches that are encoded already. Versions 9 to 11 are written alike. */
import * as kafka from "@platformatic/kafka";

/** Record batches of one topic. */
export interface TopicBatches {
  topic: string;
  /** At most one of each partition. */
  partitions: { partition: number; batch: Buffer }[];
}

/** Id of the transaction or null, milliseconds that the broker may take, and the batches. */
type ProduceArguments = [transactionalId: string | null, timeoutMs: number, topics: TopicBatches[]];

/** Every replica that is in sync has it. */
const ALL = -1;

function createRequest(transactionalId: string | null, timeoutMs: number, topics: TopicBatches[]): kafka.Writer {
  return kafka.Writer.create()
    .appendString(transactionalId)
    .appendInt16(ALL)
    .appendInt32(timeoutMs)
    .appendArray(topics, (writer, { topic, partitions }) => {
      writer.appendString(topic).appendArray(partitions, (inner, { partition, batch }) => {
        inner
          .appendInt32(partition)
          .appendUnsignedVarInt(batch.length + 1)
          .append(batch);
      });
    })
    .appendTaggedFields();
}

const version = (number: number, { parseResponse }: Pick<typeof kafka.produceV11, "parseResponse">) => ({
  api: kafka.createAPI<ProduceArguments, ReturnType<typeof parseResponse>>(
    0,
    number,
    createRequest as kafka.RequestCreator,
    parseResponse,
  ),
});

/** Versions, best first. */
export const produce = [version(11, kafka.produceV11), version(10, kafka.produceV10), version(9, kafka.produceV9)] as const;
