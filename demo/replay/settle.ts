/** Waits until the running relay has settled what was sent, by its durable counters. */
import { setTimeout as sleep } from "node:timers/promises";
import { type Counter, type Totals, totals } from "../../relay/state/counters.ts";

/** Pause between two looks, milliseconds. */
const LOOK_MS = 200;
/** So long without any change, milliseconds, and the waiting is given up: the bus is down, say. */
const STILL_MS = 60_000;

/** What became of a surface's events, by the relay's counters. */
export type SettledCounts = Pick<Totals, "delivered" | "duplicates" | "dead_lettered" | "redelivered">;

/** The counters of a surface. Rejects where the relay does not respond within a minute: it may be coming up again. */
export async function readBaseline(live: string, surface: string): Promise<SettledCounts> {
  for (const since = performance.now(); performance.now() - since < STILL_MS; await sleep(LOOK_MS)) {
    const settled = await readSettled(live, surface);
    if (settled) return settled;
  }
  throw new Error(`the relay at ${live} does not answer`);
}

async function readSettled(live: string, surface: string): Promise<SettledCounts | undefined> {
  const answer = await fetch(`${live}/api/counters?surface=${encodeURIComponent(surface)}`).catch(() => undefined);
  if (!answer?.ok) return undefined;
  return totals((await answer.json().catch(() => [])) as Counter[]);
}

interface SettleOptions {
  live: string;
  surface: string;
  /** The counters before anything was sent. */
  before: SettledCounts;
  /** Events that the collector has taken since, copies within a request included. */
  taken: number;
}

/** Resolves with what the counters grew by, once that covers all that was taken; undefined where they stand still for a minute. */
export async function untilSettled({ live, surface, before, taken }: SettleOptions): Promise<SettledCounts | undefined> {
  let best = -1;
  for (let since = performance.now(); performance.now() - since < STILL_MS;) {
    const now = await readSettled(live, surface);
    if (now) {
      const grown = minus(now, before);
      const settled = grown.delivered + grown.duplicates + grown.dead_lettered;
      if (settled >= taken) return grown;
      if (settled > best) since = performance.now();
      best = Math.max(best, settled);
    }
    await sleep(LOOK_MS);
  }
  return undefined;
}

function minus(now: SettledCounts, before: SettledCounts): SettledCounts {
  return {
    delivered: now.delivered - before.delivered,
    duplicates: now.duplicates - before.duplicates,
    dead_lettered: now.dead_lettered - before.dead_lettered,
    redelivered: now.redelivered - before.redelivered,
  };
}
