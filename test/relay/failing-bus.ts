/** The bus in memory, with publishes that fail as a test says: the errors that the port allows an adapter to answer with. */
import { randomUUID } from "node:crypto";
import { EventEmitter, once } from "node:events";
import type { Batch, Bus, BusRecord, PublishError, Settled, UnderWay } from "../../relay/bus/port/bus.ts";
import { createMemoryBus } from "../../relay/bus/adapters/memory/memory.ts";

/** What becomes of one publish: the records that get through all the same, and the error that is answered. */
export interface Failure {
  through?: BusRecord[];
  error: PublishError;
}

/** The next publishes' fates, in order; what is undefined gets through. Asked with the batch. */
export type Fate = ((batch: Batch) => Failure | undefined) | undefined;

export interface FailingBus extends Bus {
  /** Fates of the publishes to come. */
  next: Fate[];
  /** Every batch that was given to it, in order. */
  given: Batch[];
  /** Resolves when so many batches were given to it. */
  published(count: number): Promise<void>;
}

const name = ({ topic, headers, value }: BusRecord) => `${topic} ${headers["event_id"]} ${String(value)}`;

/** Makes the bus. Without `transactions` it takes records one by one, and looks up which of them it has. */
export function failingBus({ transactions = true } = {}): FailingBus {
  const inner = createMemoryBus({ place: randomUUID() });
  const has = new Set<string>();
  const news = new EventEmitter();
  const bus: FailingBus = {
    ...inner,
    capabilities: { ...inner.capabilities, transactions },
    next: [],
    given: [],
    async published(count) {
      while (bus.given.length < count) await once(news, "batch");
    },
    async publish(batch) {
      bus.given.push(batch);
      news.emit("batch");
      const failure = bus.next.shift()?.(batch);
      const through = failure ? (failure.through ?? []) : batch.records;
      for (const record of through) has.add(name(record));
      if (!failure || through.length > 0) await inner.publish({ ...batch, records: through });
      if (failure) throw failure.error;
    },
    async settle(batch: UnderWay): Promise<Settled> {
      if (transactions) return inner.settle(batch);
      return { missing: (batch.records ?? []).filter((record) => !has.has(name(record))) };
    },
  };
  return bus;
}
