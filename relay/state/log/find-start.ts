import { blocksOf, type Segment } from "./segment.ts";

/** Where the log begins. */
export interface LogStart {
  segment: number;
  slot: number;
}

interface FindStartOptions {
  segments: readonly Segment[];
  /** Where it begins now. */
  start: LogStart;
  /** What is older is forgotten, milliseconds since 1970. */
  before: number;
  /** What is at this place or behind it is kept. */
  limit: number;
  /** The words of a whole file. */
  read: (segment: Segment) => Uint32Array;
}

/** Where the log may begin: whole files are left out, and within the first that stays whole blocks. */
export function findStart({ segments, start, before, limit, read }: FindStartOptions): LogStart {
  const isOver = (segment: Segment) => segment.newest < before && segment.base + segment.slots <= limit;
  const first = segments.find((segment) => segment.id >= start.segment && !(isOver(segment) && segment !== segments.at(-1)));
  if (!first) return start;
  let slot = first.id === start.segment ? start.slot : 1;
  for (const block of blocksOf(read(first), first)) {
    if (block.slot < slot) continue;
    if (block.newest >= before || first.base + block.slot >= limit) break;
    slot = block.slot + 1 + block.count;
  }
  return { segment: first.id, slot };
}
