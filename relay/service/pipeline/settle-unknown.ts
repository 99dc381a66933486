import { type BatchUnderWay, type BusRecord, PublishError, type Publisher } from "../../bus/port/bus.ts";
import { type Recovery, settleBatch } from "../../bus/port/settle.ts";
import type { TopicNames } from "../../bus/port/topics.ts";
import type { Store } from "../../state/store.ts";
import { deadLetterOfRecord, type DeadLetterNames } from "../plan/make-dead-letter.ts";

interface SettleParts {
  bus: Publisher & Recovery;
  store: Pick<Store, "underWay" | "settle" | "release">;
  topics: TopicNames;
  slot?: string;
}

/** Settles each batch of which it is not known whether the bus has it, oldest first; what is missing of it is published. */
export async function settleUnknown({ bus, store, topics, slot }: SettleParts, now: () => Date): Promise<void> {
  for (const batch of store.underWay()) {
    const settled = await settleBatch(bus, batch);
    if (settled === "absent") {
      store.release(batch.number);
      continue;
    }
    if (settled !== "published") await publishMissing(bus, batch, settled.missing, { ...topics, slot }, now());
    store.settle(batch.number);
  }
}

/** What the bus refuses of it now it would refuse for ever, so that goes to the dead letters. */
async function publishMissing(bus: Publisher, batch: BatchUnderWay, records: BusRecord[], topics: DeadLetterNames, now: Date) {
  const { number, claimedAt } = batch;
  try {
    await bus.publish({ number, records });
  } catch (error) {
    if (!(error instanceof PublishError) || !error.refused) throw error;
    const { refused, missing = records } = error;
    const dead = missing.map((record) => {
      const refusal = refused.get(record);
      return refusal ? deadLetterOfRecord(record, { ...refusal, now, claimedAt }, topics) : record;
    });
    await bus.publish({ number, records: dead });
  }
}
