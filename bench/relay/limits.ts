/** What the relay promises of its speed, as ratios within the rounds: raw figures are this machine's. */
import { judge, judgeLeast, type Verdict } from "../lib/verdict.ts";
import { type Measured, named, ratio } from "./figures.ts";
import type { Latency } from "./latency.ts";
import type { Memory } from "./memory.ts";

/** Share of what the same client reaches bare, at least. */
const OF_BARE = 0.6;
/** Share of what it reaches without dedup, at least. */
const OF_NO_DEDUP = 0.75;
/** Milliseconds in which 99 of 100 deliveries are confirmed, at half of the load. */
const P99_MS = 250;
/** Megabytes that it may hold. */
const RSS_MB = 300;

/** Judges each limit whose figures were measured. */
export function limits(rows: readonly Measured[], latencies: readonly Latency[], memory: Memory | undefined): Verdict[] {
  const verdicts: Verdict[] = [];
  const [relay, bare] = [named(rows, "relay-platformatic"), named(rows, "platformatic")];
  if (relay && bare) verdicts.push(judgeLeast("relay-platformatic", "rate, of the client bare", ratio(relay, bare), OF_BARE));
  const [on, off] = [named(rows, "relay-platformatic"), named(rows, "relay-no-dedup")];
  if (on && off) verdicts.push(judgeLeast("relay-platformatic", "rate, of that without dedup", ratio(on, off), OF_NO_DEDUP));
  for (const { messages, p99 } of latencies) verdicts.push(judge(`latency of ${messages} messages`, "p99, ms", p99, P99_MS));
  if (memory) verdicts.push(judge("memory", "most, MB", Math.max(...memory.mb), RSS_MB));
  return verdicts;
}
