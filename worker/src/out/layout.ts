/**
 * Which shard an event goes to. The number of shards may change, and what a relay has published only its own store knows: so each event goes by the
 * number that was in force at its own `timestamp`, which no resend changes. Its copies go to the same relay, however late they come, and
 * nothing has to be moved. docs/shards.md
 */
import type { EnvelopeLine } from "../envelope/pack.ts";
import { murmur128 } from "../lib/murmur128.ts";
import { timestampMs } from "../lib/timestamp.ts";

/** How many shards there are, from some time on. */
export interface Layout {
  /** Milliseconds since 1970, as the senders' clocks have it; -Infinity: from the beginning. */
  from: number;
  shards: number;
}

/** What SHARDS looks like, for whoever wrote something else. */
export const SHARDS_FORM =
  "numbers of shards, from 1 to 1000, separated by spaces: the first from the beginning, each other one from a later time on, as in 1 4@2026-12-01T12:00:00Z";

/** Reads SHARDS; undefined where it is not of that form. */
export function readLayouts(text: string): Layout[] | undefined {
  const layouts: Layout[] = [];
  for (const part of text.trim().split(/\s+/)) {
    const [, shards, , time] = /^([1-9]\d{0,3})(@(.+))?$/.exec(part) ?? [];
    const from = time === undefined ? -Infinity : timestampMs(time);
    const before = layouts.at(-1);
    // The first has no time, and every other one a later time than the one before: NaN is no such time.
    if (shards === undefined || Number(shards) > 1000 || (before === undefined ? time !== undefined : !(from > before.from)))
      return undefined;
    layouts.push({ from, shards: Number(shards) });
  }
  return layouts;
}

/** The most shards that there ever were, or will be: as many queues are needed, since copies of old events go where those went. */
export function mostShards(layouts: readonly Layout[]): number {
  return Math.max(...layouts.map(({ shards }) => shards));
}

/** Number of an event's shard: by its partition key, among those that there were at its time. All that has one key and one time is together. */
export function shardOf({ partitionKey, at }: Pick<EnvelopeLine, "partitionKey" | "at">, layouts: readonly Layout[]): number {
  const { shards } = layouts.findLast(({ from }) => from <= at) ?? { shards: 1 };
  return shards === 1 ? 0 : parseInt(murmur128(partitionKey).hash.slice(0, 8), 16) % shards;
}
