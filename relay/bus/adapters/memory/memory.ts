/** The bus `memory`, for tests: records live in the process, one log a place, and are gone with it. */
import { EventEmitter, once } from "node:events";
import type { Batch, Reader, ReadOptions, StoredRecord, TransactionalBus } from "../../port/bus.ts";
import { settledBy } from "../../port/settled-by.ts";

/** What a place holds; every handle on the place sees the same. */
interface Log {
  records: StoredRecord[];
  lastBatch: number;
  /** Emits `records` when there are more. */
  news: EventEmitter;
}

const logs = new Map<string, Log>();

interface MemoryOptions {
  /** Which log: buses of one place are one and the same, within the process. The relay's own is its DATA_DIR. */
  place: string;
}

/** Makes a handle on the bus. */
export function createMemoryBus({ place }: MemoryOptions): TransactionalBus & Reader {
  const log = logs.get(place) ?? { records: [], lastBatch: 0, news: new EventEmitter().setMaxListeners(0) };
  logs.set(place, log);

  return {
    name: `memory (${place})`,
    delivery: "transactional",
    durable: false,
    orderByKey: true,
    open: async () => ({ lastBatch: log.lastBatch }),
    async publish({ number, records }: Batch) {
      const publishedAt = new Date().toISOString();
      for (const record of records) {
        log.records.push({ ...record, partition: 0, offset: BigInt(log.records.length), publishedAt });
      }
      log.lastBatch = number;
      log.news.emit("records");
    },
    settle: async ({ number }) => settledBy(log.lastBatch, number),
    read: (options) => read(log, options),
    close: async () => {},
  };
}

async function* read(
  { records, news }: Log,
  { topics, from = "beginning", follow = false, signal }: ReadOptions,
): AsyncGenerator<StoredRecord> {
  const end = follow ? Infinity : records.length;
  const starts = new Map(topics.map((topic) => [topic, from === "beginning" ? 0 : startOfLast(records, topic, from.last)]));
  for (let next = 0; ;) {
    for (; next < Math.min(end, records.length); next++) {
      if (signal?.aborted) return;
      const record = records[next];
      if (record && next >= (starts.get(record.topic) ?? Infinity)) yield record;
    }
    if (!follow || signal?.aborted) return;
    await once(news, "records", signal ? { signal } : {}).catch(() => {});
  }
}

/** Where the last so many records of a topic begin. */
function startOfLast(records: readonly StoredRecord[], topic: string, count: number): number {
  const places = records.flatMap((record, place) => (record.topic === topic ? [place] : []));
  return places[Math.max(0, places.length - count)] ?? records.length;
}
