/** The bus in memory, with publishes that fail as a test says: the errors that the port allows an adapter to answer with. */
import { randomUUID } from "node:crypto";
import { EventEmitter, once } from "node:events";
import type { Batch, Bus, BusRecord, KeptBatch, PublishError, Reader, Settled } from "../../relay/bus/port/bus.ts";
import { createMemoryBus } from "../../relay/bus/adapters/memory/memory.ts";

/** What becomes of one publish: the records that get through all the same, and the error that is answered. */
export interface Failure {
  through?: BusRecord[];
  error: PublishError;
}

/** The next publishes' fates, in order; what is undefined gets through. Asked with the batch. */
export type Fate = ((batch: Batch) => Failure | undefined) | undefined;

/** What a test tells it, and asks of it. */
interface Script {
  /** Fates of the publishes to come. */
  next: Fate[];
  /** Every batch that was given to it, in order. */
  given: Batch[];
  /** Resolves when so many batches were given to it. */
  published(count: number): Promise<void>;
}

export type FailingBus = Bus & Reader & Script;

const name = ({ topic, headers, value }: BusRecord) => `${topic} ${headers["event_id"]} ${String(value)}`;

/** Makes the bus. Without `transactions` it takes records one by one, and looks up which of them it has, unless `delivery` says otherwise. */
export function failingBus({
  transactions = true,
  delivery = transactions ? "transactional" : "lookup",
}: { transactions?: boolean; delivery?: Bus["delivery"] } = {}): FailingBus {
  const inner = createMemoryBus({ place: randomUUID() });
  const has = new Set<string>();
  const news = new EventEmitter();
  const script: Script = {
    next: [],
    given: [],
    async published(count) {
      while (script.given.length < count) await once(news, "batch");
    },
  };
  const publish = async (batch: Batch): Promise<void> => {
    script.given.push(batch);
    news.emit("batch");
    const failure = script.next.shift()?.(batch);
    const through = failure ? (failure.through ?? []) : batch.records;
    for (const record of through) has.add(name(record));
    if (!failure || through.length > 0) await inner.publish({ ...batch, records: through });
    if (failure) throw failure.error;
  };
  if (delivery === "transactional") return Object.assign(script, inner, { publish });
  const { settle: _, ...rest } = inner;
  const bus = Object.assign(script, rest, { publish, open: async () => {} });
  if (delivery !== "lookup") return Object.assign(bus, { delivery });
  const settle = async ({ records }: KeptBatch): Promise<Settled> => ({
    missing: records.filter((record) => !has.has(name(record))),
  });
  return Object.assign(bus, { delivery, settle });
}
