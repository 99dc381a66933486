/** What was handed over and is not being written yet. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Delivery } from "../../bus/port/subscriber.ts";
import type { NoRow, Row } from "./read-row.ts";

/** What was handed over, and what it is. */
export interface Taken {
  delivery: Delivery;
  row: Row | NoRow;
}

/** What waits. */
export interface Waiting {
  add(taken: readonly Taken[]): void;
  /** Resolves when there is room for more: when less than a batch waits. */
  hasRoom(): Promise<void>;
  /** The next batch, once it is full or its first has waited long enough; nothing where the signal comes first. */
  next(): Promise<Taken[]>;
  /** Forgets what came by some lanes. */
  drop(lanes: ReadonlySet<string>): void;
}

interface WaitingOptions {
  batchSize: number;
  lingerMs: number;
  signal: AbortSignal;
}

/** A batch that has so many bytes is full, however few events that are. */
const BATCH_BYTES = 8 * 1024 * 1024;

/** Makes it. */
export function createWaiting({ batchSize, lingerMs, signal }: WaitingOptions): Waiting {
  let waiting: Taken[] = [];
  let bytes = 0;
  let change = Promise.withResolvers<void>();
  const tell = (): void => {
    change.resolve();
    change = Promise.withResolvers();
  };
  signal.addEventListener("abort", tell);
  const isFull = (): boolean => waiting.length >= batchSize || bytes >= BATCH_BYTES;
  const cut = (): Taken[] => {
    let [n, some] = [0, 0];
    while (n < Math.min(waiting.length, batchSize) && some < BATCH_BYTES) some += sizeOf(waiting[n++]!);
    bytes -= some;
    return waiting.splice(0, n);
  };

  return {
    add(taken) {
      waiting.push(...taken);
      for (const one of taken) bytes += sizeOf(one);
      tell();
    },
    async hasRoom() {
      while (isFull() && !signal.aborted) await change.promise;
    },
    async next() {
      while (waiting.length === 0 && !signal.aborted) await change.promise;
      const enough = new AbortController();
      const late = sleep(lingerMs, false, { signal: AbortSignal.any([signal, enough.signal]) }).catch(() => false);
      while (!isFull() && !signal.aborted && (await Promise.race([change.promise.then(() => true), late])));
      enough.abort();
      const batch = signal.aborted ? [] : cut();
      tell();
      return batch;
    },
    drop(lanes) {
      waiting = waiting.filter(({ delivery }) => !lanes.has(delivery.lane));
      bytes = waiting.reduce((sum, taken) => sum + sizeOf(taken), 0);
      tell();
    },
  };
}

function sizeOf({ delivery }: Taken): number {
  return delivery.record.value.length;
}
