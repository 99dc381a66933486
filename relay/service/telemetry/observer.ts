/** What the relay tells of its work, for metrics and traces; none of it decides anything. */
import type { Counter } from "../../state/counters.ts";

/** One envelope, with the labels under which it was counted. */
export interface Example extends Omit<Counter, "n"> {
  trace_id: string;
}

/** A round that failed: what was in it is given back to the queue. */
export interface FailedRound {
  /** When its decoding began, and when it had failed, milliseconds since 1970. */
  startedAt: number;
  failedAt: number;
  reason: string;
  /** Names of its queues, without repeats. */
  queues: string[];
}

/** A round that is settled. */
export interface RoundReport {
  /** When its decoding began, milliseconds since 1970. */
  startedAt: number;
  /** When the bus was given its batch, and when it had confirmed it; both the same where there was nothing to publish. */
  publishedFrom: number;
  publishedAt: number;
  /** When it was settled in the store. */
  settledAt: number;
  /** Records that were published, dead letters included, by topic. */
  records: { topic: string; count: number; bytes: number }[];
  /** What became of its envelopes, as it was counted. */
  settled: Counter[];
  /** Each queue's oldest message of the round: when it entered the queue, ISO 8601 UTC. */
  oldest: { queue: string; sentAt: string }[];
  /** Messages that are given back, whole or in part, by the reason. */
  deferred: { reason: string; messages: number }[];
  /** Trace ids of its envelopes, without repeats, the first 128. */
  traceIds: string[];
  /** For each event type and fate of `settled` at most one envelope that has a trace id. */
  examples: Example[];
  /** For each duplicate the age of its original, milliseconds. */
  duplicateAges: number[];
}

/** Whoever wants to know. A listener that throws is the relay's fault, so it must not. */
export interface Observer {
  onRound?(report: RoundReport): void;
  onFailedRound?(report: FailedRound): void;
}
