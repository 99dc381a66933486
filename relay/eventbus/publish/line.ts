/**
 * The line of a topic: one publish is under way at a time, and what comes meanwhile goes with the next. So records keep the order in which
 * they came, whatever is tried again, and many small publishes become few.
 */
import type { BusRecord } from "@sightline/bus/port";

/** Records of one publish, at most. */
const MOST_RECORDS = 500;
/** Bytes of values in one publish, at most, unless one record alone has more. */
const MOST_BYTES = 1_000_000;

/** Publishes records; resolves with what became of those that are not on the bus. */
export type Send = (records: BusRecord[]) => Promise<ReadonlyMap<BusRecord, Error>>;

/** Takes records. */
export interface Line {
  /** Resolves once it is on the bus, or rejects with what became of it. */
  push(record: BusRecord): Promise<void>;
}

interface Waiting {
  record: BusRecord;
  resolve: () => void;
  reject: (error: Error) => void;
}

/** Makes it. */
export function createLine(send: Send): Line {
  const waiting: Waiting[] = [];
  let running: Promise<void> | undefined;

  const run = async (): Promise<void> => {
    while (waiting.length > 0) {
      const some = waiting.splice(0, howMany(waiting));
      try {
        const failed = await send(some.map(({ record }) => record));
        for (const { record, resolve, reject } of some) {
          const error = failed.get(record);
          if (error === undefined) resolve();
          else reject(error);
        }
      } catch (error) {
        for (const { reject } of some) reject(error as Error);
      }
    }
    running = undefined;
  };
  return {
    push: (record) =>
      new Promise((resolve, reject) => {
        waiting.push({ record, resolve, reject });
        // Not at once: what is published in the same turn goes along.
        running ??= Promise.resolve().then(run);
      }),
  };
}

function howMany(waiting: readonly Waiting[]): number {
  let bytes = 0;
  const end = waiting.findIndex(({ record }, n) => {
    bytes += record.value.length;
    return n > 0 && (n === MOST_RECORDS || bytes > MOST_BYTES);
  });
  return end === -1 ? waiting.length : end;
}
