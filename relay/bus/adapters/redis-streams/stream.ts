/** The streams of a topic. */
import { crc32 } from "node:zlib";

/** A stream, which is a partition of a topic. */
export interface Stream {
  /** Its key in Redis. */
  key: string;
  topic: string;
  partition: number;
}

/** The streams of topics. The first of a topic has its name, so that a topic can get more of them later. */
export function streamsOf(topics: readonly string[], partitions: number): Stream[] {
  return topics.flatMap((topic) =>
    Array.from({ length: partitions }, (_, partition) => ({ key: streamName(topic, partition), topic, partition })),
  );
}

/** The stream that a record goes to. */
export function streamFor({ topic, key }: { topic: string; key: string }, partitions: number): string {
  return streamName(topic, crc32(key) % partitions);
}

function streamName(topic: string, partition: number): string {
  return partition === 0 ? topic : `${topic}/${partition}`;
}
