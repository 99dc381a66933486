/** What `sightline verify --json` prints; docs/events.md defines each figure. */
import type { UnreadableRecord } from "../read-event.ts";
import type { JoinFigures, PositionFigures } from "../join-figures.ts";

/** Clicks of exposures, with the 95 % Wilson interval of the share that was clicked at least once; null where there is no such share. */
export interface RateFigures extends PositionFigures {
  /** Of the clicks, those whose item was exposed on other surfaces only. */
  clicks_of_other_surfaces: number;
  wilson_low: number | null;
  wilson_high: number | null;
}

/** The same by variant. */
export interface VariantFigures extends RateFigures {
  experiment_id: string;
  variant_id: string;
}

/** Milliseconds. */
export interface Delay {
  p50: number;
  p95: number;
  p99: number;
}

/** What clocks say. */
export interface ClockFigures {
  /** Events that the collector flagged `clock_skewed`, whose times it moved back. */
  clock_skewed: number;
  /** Events flagged `future_timestamp`. */
  future_timestamp: number;
  /** Events flagged `old_timestamp`. */
  old_timestamp: number;
  /** Events that occurred after the collector had them. */
  ahead: number;
  /** By how much, at most. */
  most_ahead_ms: number;
  /** Joined outcomes that occurred before their exposure. */
  outcomes_before_exposure: number;
}

/** Figures of one tenant and surface, or of all of them. */
export interface Figures extends Omit<JoinFigures, "by_position"> {
  /** joined / (joined + orphans); null where there is no outcome. */
  join_rate: number | null;
  /** Exposures by how it is known that they were seen. */
  exposures_by_basis: Record<string, number>;
  /** Joined outcomes whose exposure came over the watermark after them: an orphan to whoever waits no longer. */
  joined_late: number;
  /** Orphans whose exposure may still be under way. */
  orphans_not_yet: number;
  /** Orphans whose exposure has not come within the watermark, or which name no request. */
  orphans_never: number;
  missing_request_id: number;
  missing_item_id: number;
  by_position: Record<string, RateFigures>;
  by_variant: VariantFigures[];
  /** Copies dropped by collector and relay together; null where the relay's own counters are not at hand. */
  duplicates: number | null;
  /** Events that the queue delivered again although they were settled; no copies of anybody's. Null as above. */
  redeliveries: number | null;
  /** Events that had used up their retries in their own queue, and came all the same. Null as above. */
  from_dead_letter_queue: number | null;
  /** Refused events by code. */
  rejected: Record<string, number>;
  /** Refused exposures without items. */
  empty_exposures: number;
  /** Dead letters by code, those that were replayed since among them; null where the source has none. */
  dead_letters: Record<string, number> | null;
  /** Events with the id of another event and other content: dead letters, as above. */
  conflicts: number | null;
  /** From exposure to outcome; null where none is joined. */
  exposure_to_outcome_ms: Delay | null;
  /** From when it happened to when the bus had it; null where there is no event. */
  event_to_bus_ms: Delay | null;
  clock: ClockFigures;
}

/** Figures of one tenant and surface. */
export interface ScopeFigures extends Figures {
  tenant_id: string;
  /** Null: of events that name none. */
  surface: string | null;
}

/** Gaps in the numbers of sessions. */
export interface SequenceFigures {
  /** Sessions with a gap. */
  sessions: number;
  /** Numbers that are missing. */
  missing: number;
  /** Of these, events that the SDK says it dropped, in a report of the same session. */
  explained_by_reports: number;
  /** Of these, events that the collector refused. */
  explained_by_rejects: number;
  /** The rest. */
  unexplained: number;
  /** The sessions with the most missing, at most five. */
  examples: { tenant_id: string; session_id: string; missing: number; unexplained: number }[];
}

/** Whether units fell on the variants of an experiment as they were meant to. */
export interface ExperimentFigures {
  tenant_id: string;
  experiment_id: string;
  variants: { variant_id: string; units: number; weight: number; expected: number }[];
  /** Pearson's; null where fewer than two variants have a weight. */
  chi_squared: number | null;
  degrees_of_freedom: number | null;
  p_value: number | null;
  /** p_value < 0.001. */
  mismatch: boolean;
}

/** What `sightline verify --json` prints. */
export interface VerifyReport extends Figures {
  /** What was read, for people. */
  source: string;
  /** When the collector had the newest event; null where there is none. ISO 8601 UTC. */
  as_of: string | null;
  watermark_ms: number;
  sequences: SequenceFigures;
  experiments: ExperimentFigures[];
  /** Records that are no events; null where the source has none. */
  unreadable: UnreadableRecord;
  /** Every surface that an event names, in alphabetical order; at most 100. */
  surfaces: string[];
  /** A row for each tenant and surface. */
  scopes: ScopeFigures[];
  /** What is odd, in words, and what to look at. */
  verdict: string[];
}
