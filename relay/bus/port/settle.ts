/** What the bus has of a batch whose outcome is unknown, whichever kind of bus it is. */
import { StateError } from "../../lib/database.ts";
import type {
  AtLeastOnceBus,
  AtMostOnceBus,
  Batch,
  Bus,
  BatchUnderWay,
  KeptBatch,
  LookupBus,
  Settled,
  TransactionalBus,
} from "./bus.ts";

/** The part of a bus that settles. */
export type Recovery =
  | Pick<TransactionalBus, "delivery" | "settle">
  | Pick<LookupBus, "delivery" | "settle">
  | Pick<AtLeastOnceBus, "delivery">
  | Pick<AtMostOnceBus, "delivery">;

/** Whether a batch's records are to be kept until it is settled. */
export function keepsRecords({ delivery }: Recovery): boolean {
  return delivery !== "transactional";
}

/** Settles a batch. Rejects as the bus does, and with a StateError where its records were expected. */
export async function settleBatch(bus: Recovery, batch: BatchUnderWay | KeptBatch): Promise<Settled> {
  if (bus.delivery === "transactional") return bus.settle(batch);
  if (!("records" in batch)) {
    throw new StateError(
      `expected the records of batch ${batch.number}, since the bus has no transactions: it was claimed for another bus. ` +
        "Start the relay once with the EVENT_PUBLISHER that it had",
    );
  }
  if (bus.delivery === "lookup") return bus.settle(batch);
  return bus.delivery === "at-least-once" ? { missing: batch.records } : "published";
}

/** Opens a bus; resolves with the highest batch number it remembers, 0 where it has none or remembers none. Rejects as `open` does. */
export async function openBus(bus: Bus, topics: string[]): Promise<number> {
  if (bus.delivery === "transactional") return (await bus.open(topics)).lastBatch;
  await bus.open(topics);
  return 0;
}

/** A batch whose records are at hand. */
export type PendingBatch = KeptBatch & Batch;
