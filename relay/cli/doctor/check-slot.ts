/** The relay's slot: is the one that published last in it this one? Where it is another one, two relays have one slot, and each stops the other. */
import { hostname } from "node:os";
import { resolve } from "node:path";
import { type Finding, findings } from "../../bus/port/finding.ts";
import { type Holder, holderText } from "../../bus/port/holder.ts";
import type { Config } from "../../service/settings/config.ts";
import { readStoreName } from "../../state/counters.ts";

const { ok, warn, fail } = findings("slot");

/** Compares what the bus remembers of the slot with the store in DATA_DIR. */
export async function checkSlot({ bus, service }: Pick<Config, "bus" | "service">): Promise<Finding[]> {
  const { adapter, options, place, disabledBy } = bus;
  const { slot, dataDir } = service;
  // The bus `local` and `memory` are in DATA_DIR, which is locked.
  if (disabledBy !== undefined || !adapter.holder) return [];
  // The bus first: what a store has claimed is on the bus later, and never sooner.
  let holder: Holder;
  try {
    holder = await adapter.holder(options, place);
  } catch {
    // Why, the check of the bus has told.
    return [];
  }
  const what = `RELAY_SLOT ${slot}`;
  if (holder.batch === 0) return [ok(`nobody has published under ${what} yet`)];
  return [judge(holder, readStoreName(dataDir), { what, folder: resolve(dataDir) })];
}

function judge(
  holder: Holder,
  store: ReturnType<typeof readStoreName>,
  { what, folder }: { what: string; folder: string },
): Finding {
  const last = `${what} has ${holderText(holder)}`;
  const own =
    "give each relay a RELAY_SLOT of its own, and stop the one that has this one by mistake; one that was moved must not run where it was";
  if (!store)
    return warn(
      `${last}, and there is no store in ${folder}`,
      "that is well where the relay runs elsewhere; one that is to run here needs another RELAY_SLOT, or that DATA_DIR",
    );
  const isOther = holder.receipt !== "" && !holder.receipt.startsWith(`${store.salt}.`);
  // A store that was rebuilt is another one, in the same place.
  const isHere = holder.host === hostname() && holder.folder === folder;
  if (isOther && !isHere) return fail(`two relays have one slot: ${last}, which is not the store in ${folder}`, own);
  if (holder.batch > store.lastBatch)
    return fail(
      `two relays have one slot, or this DATA_DIR is an older copy: ${last}, and the store in ${folder} knows of ${store.lastBatch}`,
      own,
    );
  return ok(`${what} is this relay's: batch ${holder.batch} was its latest on the bus`);
}
