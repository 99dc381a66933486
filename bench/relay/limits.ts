/** What the relay promises of its speed, as ratios within the rounds: raw figures are this machine's. */
import { judge, judgeLeast, type Verdict } from "../lib/verdict.ts";
import { cpuRatio, type Measured, named, ratio } from "./figures.ts";
import type { Latency } from "./latency.ts";
import type { Memory } from "./memory.ts";

/** Share of what the same client reaches bare, at least. */
const OF_BARE = 1;
/** Share of the CPU that it takes, at most. */
const CPU_OF_BARE = 0.85;
/** Events that a second of CPU brings to the bus, times those of the version before. */
const OF_BEFORE = 2.5;
/** Share of what it reaches without dedup, at least. */
const OF_NO_DEDUP = 0.75;
/** Milliseconds in which a delivery of so many messages is confirmed at half of the load, in the middle and 99 of 100. */
const CONFIRMED_MS: Readonly<Record<number, { p50: number; p99: number }>> = {
  10: { p50: 12, p99: 150 },
  100: { p50: 40, p99: 250 },
};
/** Megabytes that it may hold. */
const RSS_MB = 200;

/** Judges each limit whose figures were measured. */
export function limits(rows: readonly Measured[], latencies: readonly Latency[], memory: Memory | undefined): Verdict[] {
  const verdicts: Verdict[] = [];
  const [relay, bare] = [named(rows, "relay-platformatic"), named(rows, "platformatic")];
  if (relay && bare) {
    verdicts.push(judgeLeast("relay-platformatic", "rate, of the client bare", ratio(relay, bare), OF_BARE));
    verdicts.push(judge("relay-platformatic", "CPU, of the client bare", cpuRatio(relay, bare), CPU_OF_BARE));
  }
  const before = named(rows, "relay-before");
  if (relay && before)
    verdicts.push(
      judgeLeast("relay-platformatic", "events a CPU second, of relay-before", 1 / cpuRatio(relay, before), OF_BEFORE),
    );
  const [on, off] = [named(rows, "relay-platformatic"), named(rows, "relay-no-dedup")];
  if (on && off) verdicts.push(judgeLeast("relay-platformatic", "rate, of that without dedup", ratio(on, off), OF_NO_DEDUP));
  for (const { messages, ...measured } of latencies) {
    const most = CONFIRMED_MS[messages];
    if (!most) continue;
    verdicts.push(judge(`latency of ${messages} messages`, "p50, ms", measured.p50, most.p50));
    verdicts.push(judge(`latency of ${messages} messages`, "p99, ms", measured.p99, most.p99));
  }
  if (memory) verdicts.push(judge("memory", "most, MB", Math.max(...memory.mb), RSS_MB));
  return verdicts;
}
