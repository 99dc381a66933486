/** What the relay does, from its rounds, its counters and its breakers. */
import { quantile } from "../analysis/statistics/quantile.ts";
import type { BreakerView } from "../bus/policy/breakers.ts";
import { type Counter, totals } from "../state/counters.ts";
import type { RelaySection } from "./state.ts";

/** How far back publish latency and the dead-letter rate look, milliseconds, and rounds that are remembered. */
const LOOK_BACK_MS = 5 * 60_000;
const MOST_ROUNDS = 2_000;

/** Of a round that is settled, what is looked at. Times are milliseconds since 1970. */
export interface SettledRound {
  publishedFrom: number;
  publishedAt: number;
  settledAt: number;
  records: { count: number }[];
  settled: Counter[];
  oldest: { queue: string; sentAt: string }[];
}

/** What the section is made of. */
export interface PulseSources {
  counters: () => Counter[];
  breakers: () => BreakerView[];
  /** Queues that are pulled. */
  queues: () => { name: string; backlog: number | undefined }[];
}

/** What the relay does. */
export interface Pulse {
  /** Seconds of the round, for whoever draws them. */
  onRound(round: SettledRound): { publish: number | null; lag: number | null };
  section(now: number): RelaySection;
}

interface RoundFacts {
  at: number;
  publish: number | null;
  delivered: number;
  dead_lettered: number;
}

/** Makes it. */
export function createPulse({ counters, breakers, queues }: PulseSources): Pulse {
  let rounds: RoundFacts[] = [];
  const lags = new Map<string, { seconds: number; at: number }>();
  return {
    onRound({ publishedFrom, publishedAt, settledAt, records, settled, oldest }) {
      const publish = records.length > 0 ? (publishedAt - publishedFrom) / 1000 : null;
      const { delivered, dead_lettered } = totals(settled);
      rounds.push({ at: settledAt, publish, delivered, dead_lettered });
      if (rounds.length > MOST_ROUNDS * 2) rounds = rounds.slice(-MOST_ROUNDS);
      let lag: number | null = null;
      for (const { queue, sentAt } of oldest) {
        // A queue's clock may be ahead of this machine's.
        const seconds = Math.max(0, (settledAt - Date.parse(sentAt)) / 1000);
        lags.set(queue, { seconds, at: settledAt });
        lag = Math.max(lag ?? 0, seconds);
      }
      return { publish, lag };
    },
    section(now) {
      const recent = rounds.slice(-MOST_ROUNDS).filter(({ at }) => at > now - LOOK_BACK_MS);
      const times = recent.flatMap(({ publish }) => (publish === null ? [] : [publish])).toSorted((a, b) => a - b);
      const rows = counters();
      const { delivered, duplicates, redelivered, held } = totals(rows);
      return {
        lag: [...lags].map(([queue, { seconds, at }]) => ({
          queue,
          seconds,
          at: new Date(at).toISOString(),
        })),
        backlog: queues().flatMap(({ name: queue, backlog: messages }) =>
          messages === undefined
            ? []
            : [
                {
                  queue,
                  messages,
                },
              ],
        ),
        publish:
          times.length === 0
            ? null
            : {
                batches: times.length,
                p50: quantile(times, 0.5),
                p95: quantile(times, 0.95),
                p99: quantile(times, 0.99),
              },
        minutes: LOOK_BACK_MS / 6e4,
        recent: {
          delivered: sum(recent, "delivered"),
          dead_lettered: sum(recent, "dead_lettered"),
        },
        breakers: breakers().map(({ name, state, denied }) => ({
          name,
          state,
          denied,
        })),
        delivered,
        duplicates,
        redelivered,
        held,
        dead_lettered: deadLetters(rows),
      };
    },
  };
}

function sum(rounds: RoundFacts[], field: "delivered" | "dead_lettered"): number {
  return rounds.reduce((total, round) => total + round[field], 0);
}

function deadLetters(rows: Counter[]): RelaySection["dead_lettered"] {
  const causes = new Map<string, number>();
  for (const { fate, n } of rows) {
    const [kind, cause = ""] = fate.split(":", 2);
    if (kind === "dead_lettered") causes.set(cause, (causes.get(cause) ?? 0) + n);
  }
  return [...causes].map(([cause, n]) => ({ cause, n })).toSorted((a, b) => b.n - a.n);
}
