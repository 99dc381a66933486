import { StateError } from "../../lib/database.ts";

/**
 * What became of a batch, by the highest number that the bus remembers. No later batch is given to a bus before this one is settled, so a
 * higher number is that of somebody else in this relay's place, and what it says of this batch is nothing. Throws a StateError then.
 */
export function settledBy(lastBatch: number, number: number): "published" | "absent" {
  if (lastBatch <= number) return lastBatch === number ? "published" : "absent";
  throw new StateError(
    `the bus remembers batch ${lastBatch}, and this relay's latest is ${number}: another relay has its place, and each needs a RELAY_SLOT of its own; ` +
      "or its DATA_DIR is an older copy, which `sightline dedup rebuild` rebuilds",
  );
}
