/** Holds what arrived against what was sent. Each check returns what is wrong, in words; nothing where all is well. */
import { readCounters, totals, type Totals } from "../../../relay/state/counters.ts";
import type { Seen } from "./ground.ts";
import { type Load, orderKey } from "./load.ts";

/** Every id on the bus exactly once, and nothing else; dead letters are none of it. */
export function eachOnce({ ids }: Pick<Load, "ids">, seen: readonly Seen[]): string[] {
  const times = new Map<string, number>();
  for (const { id } of events(seen)) times.set(id, (times.get(id) ?? 0) + 1);
  const sent = new Set(ids);
  const [lost, strange] = [ids.filter((id) => !times.has(id)), [...times.keys()].filter((id) => !sent.has(id))];
  const doubled = [...times].filter(([, count]) => count > 1).map(([id]) => id);
  return [...some("lost", lost), ...some("more than once on the bus", doubled), ...some("never sent", strange)];
}

/** The events of each topic and key in the order they were sent. Tells of order alone: what is lost or doubled is no part of it. */
export function inOrder({ order }: Pick<Load, "order">, seen: readonly Seen[]): string[] {
  const found = new Map<string, Set<string>>();
  for (const { topic, key, id } of events(seen)) {
    const place = orderKey(topic, key);
    found.set(place, (found.get(place) ?? new Set()).add(id));
  }
  const wrong = [...found].filter(([place, ids]) => {
    const arrived = [...ids];
    return arrived.join() !== (order.get(place) ?? []).filter((id) => ids.has(id)).join();
  });
  return some(
    "out of order",
    wrong.map(([place]) => place),
  );
}

/** No dead letters. */
export function noDeadLetters(seen: readonly Seen[]): string[] {
  return some(
    "dead-lettered",
    seen.filter(({ topic }) => topic.endsWith(".dlq")).map(({ id, value }) => id || value.slice(0, 80)),
  );
}

/** The relay's counters as they stand on its disk, and what is wrong with them: nothing is held, and each sum is as expected. */
export function conserved(dataDir: string, expected: Partial<Totals>): { counted: Totals; problems: string[] } {
  const counted = totals(readCounters(dataDir) ?? []);
  const wanted: Partial<Totals> = { held: 0, ...expected };
  const names = Object.keys(wanted) as (keyof Totals)[];
  const problems = names
    .filter((name) => counted[name] !== wanted[name])
    .map((name) => `counters: ${name}: expected ${wanted[name]}, got ${counted[name]}`);
  return { counted, problems };
}

function events(seen: readonly Seen[]): Seen[] {
  return seen.filter(({ topic }) => !topic.endsWith(".dlq"));
}

function some(what: string, list: readonly string[]): string[] {
  return list.length === 0 ? [] : [`${list.length} ${what}: ${list.slice(0, 3).join(", ")}${list.length > 3 ? ", …" : ""}`];
}
