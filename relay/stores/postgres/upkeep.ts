/** What the store does beside storing: days ahead, days out of the default partition, and what is too old. */
import type { Client } from "pg";
import { DAY_MS } from "../../lib/day.ts";
import { countDefault, daysAhead, daysWorthMaking, makeDay, readDays } from "./days.ts";
import { dropOld, type Dropped } from "./retention.ts";

/** What was done. */
export interface Upkeep {
  made: string[];
  dropped: Dropped;
}

/** Does it once; several at once wait for each other, and the later one finds nothing to do. */
export async function keepUp(client: Client, { retentionDays }: { retentionDays: number }, now = new Date()): Promise<Upkeep> {
  // First what goes: otherwise a day would be made of what is about to be dropped.
  const dropped = await dropOld(client, new Date(now.getTime() - retentionDays * DAY_MS));
  const today = now.toISOString().slice(0, 10);
  const there = await readDays(client);
  const wanted = [...daysAhead(today), ...daysWorthMaking(await countDefault(client), today)];
  const made: string[] = [];
  for (const day of new Set(wanted)) if (!there.has(day) && (await makeDay(client, day))) made.push(day);
  return { made, dropped };
}
