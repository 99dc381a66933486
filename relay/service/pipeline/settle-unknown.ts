import { type Bus, type BusRecord, PublishError, type UnderWay } from "../../bus/port/bus.ts";
import type { TopicSettings } from "../../bus/port/topics.ts";
import type { Store } from "../../state/store.ts";
import { buryRecord } from "../plan/bury.ts";

interface SettleParts {
  bus: Pick<Bus, "publish" | "settle">;
  store: Pick<Store, "underWay" | "settle" | "release">;
  topics: TopicSettings;
}

/** Settles each batch of which it is not known whether the bus has it, oldest first; what is missing of it is published. */
export async function settleUnknown({ bus, store, topics }: SettleParts, now: () => Date): Promise<void> {
  for (const batch of store.underWay()) {
    const settled = await bus.settle(batch);
    if (settled === "absent") {
      store.release(batch.number);
      continue;
    }
    if (settled !== "published") await publishMissing(bus, batch, settled.missing, topics, now());
    store.settle(batch.number);
  }
}

/** What the bus refuses of it now it would refuse for ever, so that goes to the dead letters. */
async function publishMissing(
  bus: Pick<Bus, "publish">,
  batch: UnderWay,
  records: BusRecord[],
  topics: TopicSettings,
  now: Date,
) {
  const { number, claimedAt } = batch;
  try {
    await bus.publish({ number, records });
  } catch (error) {
    if (!(error instanceof PublishError) || !error.refused) throw error;
    const { refused, missing = records } = error;
    const dead = missing.map((record) => {
      const refusal = refused.get(record);
      return refusal ? buryRecord(record, { ...refusal, now, claimedAt }, topics) : record;
    });
    await bus.publish({ number, records: dead });
  }
}
