/** Cuts records into the record batches that a log holds. */
import type { BusRecord } from "../../port/bus.ts";
import type { KafkaProducer, PartitionBatch } from "./producer.ts";
import { all } from "./wire/faults.ts";
import { partitionOf } from "./wire/partition.ts";
import { sizeOf } from "./wire/record-size.ts";

/** Batches are not made smaller than this, bytes. */
const LEAST = 1024;

/** Knows how large the batches of a topic may be. */
export interface BatchCutter {
  /** Cuts records, in order. A key's records are all of one partition. Rejects as {@link KafkaProducer.partitions} does. */
  cut(producer: Pick<KafkaProducer, "partitions">, records: BusRecord[]): Promise<PartitionBatch[]>;
  /** Halves the batches of a topic from now on. */
  shrink(topic: string): void;
}

/** A batch that has room. */
interface Open {
  batch: PartitionBatch;
  bytes: number;
}

/** Makes it; `bytes` is the largest batch, unless one record alone has more. */
export function createBatchCutter(bytes: number): BatchCutter {
  const limits = new Map<string, number>();
  return {
    async cut(producer, records) {
      const topics = [...new Set(records.map(({ topic }) => topic))];
      const counts = await all(topics.map((topic) => producer.partitions(topic)));
      const open = new Map(topics.map((topic, i) => [topic, { partitions: counts[i] ?? 1, last: [] as Open[] }]));
      const batches: PartitionBatch[] = [];
      for (const record of records) {
        const { topic } = record;
        const { partitions, last } = open.get(topic)!;
        const partition = partitionOf(record, partitions);
        const size = sizeOf(record);
        let into = last[partition];
        if (into === undefined || into.bytes + size > (limits.get(topic) ?? bytes)) {
          into = { batch: { topic, partition, records: [] }, bytes: 0 };
          last[partition] = into;
          batches.push(into.batch);
        }
        into.batch.records.push(record);
        into.bytes += size;
      }
      return batches;
    },
    shrink(topic) {
      limits.set(topic, Math.max(LEAST, Math.floor((limits.get(topic) ?? bytes) / 2)));
    },
  };
}

/** The first batch of each partition, then the second of each, and so on: a request may hold but one a partition. */
export function waves(batches: PartitionBatch[]): PartitionBatch[][] {
  const found: PartitionBatch[][] = [];
  const next = new Map<string, number>();
  for (const batch of batches) {
    const name = `${batch.topic}/${batch.partition}`;
    const place = next.get(name) ?? 0;
    next.set(name, place + 1);
    (found[place] ??= []).push(batch);
  }
  return found;
}
