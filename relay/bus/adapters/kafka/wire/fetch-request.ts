/** The fetch request of `@platformatic/kafka`, whose response leaves the records as bytes, and names errors partition by partition. */
import * as kafka from "@platformatic/kafka";
import type { Aborted } from "./decode.ts";

/** What a partition has. */
export interface FetchedPartition {
  topic: string;
  partition: number;
  /** The protocol's number of an error; 0 where there is none. */
  errorCode: number;
  aborted: Aborted[];
  /** Record batches, of which the last may be cut off. */
  records: Buffer;
}

/** The response. */
export interface Fetched {
  errorCode: number;
  partitions: FetchedPartition[];
}

const EMPTY = Buffer.alloc(0);

function parseResponse(_correlationId: number, _key: number, _version: number, reader: kafka.Reader): Fetched {
  reader.readInt32();
  const errorCode = reader.readInt16();
  reader.readInt32();
  const topics = reader.readArray((r) => {
    const topic = r.readString();
    return r.readArray(() => readPartition(r, topic), true, false);
  });
  return { errorCode, partitions: topics.flat() };
}

function readPartition(reader: kafka.Reader, topic: string): FetchedPartition {
  const partition = reader.readInt32();
  const errorCode = reader.readInt16();
  // High watermark, last stable offset, first offset of the log.
  reader.skip(24);
  const aborted = reader.readNullableArray((r) => ({ producerId: r.readInt64(), firstOffset: r.readInt64() })) ?? [];
  // The replica that this reader had better ask.
  reader.skip(4);
  const size = reader.readUnsignedVarInt() - 1;
  const records = size > 0 ? reader.buffer.slice(reader.position, reader.position + size) : EMPTY;
  if (size > 0) reader.skip(size);
  reader.readTaggedFields();
  return { topic, partition, errorCode, aborted, records };
}

/** Version 12: the newest that names topics by name; Kafka 2.7 and newer. */
export const fetchRequest = [
  {
    api: kafka.createAPI<Parameters<typeof kafka.fetchV12.createRequest>, Fetched>(
      1,
      12,
      kafka.fetchV12.createRequest as kafka.RequestCreator,
      parseResponse,
    ),
  },
] as const;
