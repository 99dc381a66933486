import type { BatchUnderWay } from "./bus.ts";
import { type Holder, takenBy } from "./holder.ts";

/**
 * What became of a batch, by the last one that the bus remembers. No later batch is given to a bus before this one is settled, so a
 * higher number is that of somebody else in this relay's place, and so is the same number under another receipt: what they say of this batch is nothing. Throws
 * a StateError then.
 */
export function settledBy(last: Holder, { number, receipt }: Pick<BatchUnderWay, "number" | "receipt">): "published" | "absent" {
  if (last.batch < number) return "absent";
  // A batch or a bus of an earlier version has the number alone.
  const isIts = receipt === undefined || last.receipt === "" || last.receipt === receipt;
  if (last.batch === number && isIts) return "published";
  throw takenBy(last);
}
