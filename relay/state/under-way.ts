import type { Block, KeyLog } from "./log/key-log.ts";
import type { BatchRow } from "./state-rows.ts";

/** A batch that is under way. */
export interface RunningBatch {
  row: BatchRow;
  /** Its records in the log; undefined where it has none. */
  block: Block | undefined;
}

/** The batches that are under way: few, and the latest. */
export interface UnderWayBatches {
  /** Oldest first. */
  all(): RunningBatch[];
  get(number: number): RunningBatch | undefined;
  add(running: RunningBatch): void;
  remove(number: number): void;
  /** Whether the record at a place belongs to one of them. */
  holds(place: number): boolean;
  /** Whether the block of this name does. */
  hasBlock(seq: number): boolean;
  /** The lowest place of any of them; Infinity where there is none. */
  lowest(): number;
}

/** Makes the list from the state database's rows. */
export function createUnderWay(rows: readonly BatchRow[], log: KeyLog): UnderWayBatches {
  const batches = new Map<number, RunningBatch>();
  for (const row of rows) {
    const segment = log.segments.find(({ id }) => id === row.segment);
    batches.set(row.number, { row, block: row.count > 0 && segment ? { segment, slot: row.slot, count: row.count } : undefined });
  }
  const some = (test: (running: RunningBatch) => boolean): boolean => {
    for (const running of batches.values()) if (test(running)) return true;
    return false;
  };
  return {
    all: () => [...batches.values()].toSorted((a, b) => a.row.number - b.row.number),
    get: (number) => batches.get(number),
    add: (running) => void batches.set(running.row.number, running),
    remove: (number) => void batches.delete(number),
    holds: (place) =>
      some(({ block }) => block !== undefined && place > log.place(block) && place <= log.place(block) + block.count),
    hasBlock: (seq) => some(({ row, block }) => block !== undefined && row.seq === seq),
    lowest: () => Math.min(Infinity, ...[...batches.values()].map(({ block }) => (block ? log.place(block) : Infinity))),
  };
}
