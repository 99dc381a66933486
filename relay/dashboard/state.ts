/** What the live view sends to its page: sections, each under its own name in the stream, and events as they arrive. */
import type { Joined } from "../analysis/joiner.ts";
import type { Interval } from "../analysis/statistics/wilson-interval.ts";
import type { BreakerState } from "../bus/policy/breakers.ts";

/** An event of the list, and of a request's path. */
export interface ArrivedEvent {
  /** Counts up by one an event that the view has seen: its address in `/api/events/`. */
  n: number;
  /** The event_id. */
  id: string;
  tenant: string;
  event_type: string;
  /** When it happened, when the collector had it, when the bus had it: ISO 8601 UTC. */
  occurred_at: string;
  received_at: string;
  published_at: string;
  /** Empty where it names none. */
  surface: string;
  request_id: string;
  /** Its unit, masked. */
  unit: string;
  /** Items of the event, the first few. */
  items: ArrivedItem[];
  /** Items that are left out. */
  more_items: number;
  verdict: Joined | "rejected";
  /** The code of a refusal; empty where it was taken. */
  code: string;
}

/** An item of an event; 0 and empty where it does not say. */
export interface ArrivedItem {
  item_id: string;
  position: number;
  placement: string;
  basis: string;
}

/** Whether the relay takes, and what the view looks at. */
export interface StatusSection {
  bus: string;
  /** Why the relay takes nothing now, or the view cannot read; null where all is well. */
  trouble: string | null;
  /** When the bus had the oldest record that was looked at, ISO 8601 UTC; null before the first. */
  since: string | null;
  /** When it had the newest. */
  newest: string | null;
  records: number;
}

/** How far the join can be trusted. */
export type Trust = "yes" | "with care" | "no" | "not now" | "not known yet";

/** The answer of the first screen. */
export interface VerdictSection {
  trust: Trust;
  /** One sentence with its figures and their main cause. */
  sentence: string;
  /** What else to know, a sentence each. */
  reasons: string[];
  /** joined / outcomes, those that wait among these; null without an outcome. */
  join_rate: number | null;
  /** The Wilson score interval of that rate at 95 %; null without an outcome. */
  interval: Interval | null;
  outcomes: number;
  joined: number;
  /** Orphans for which it is too early to say. */
  waiting: number;
  /** The other orphans. */
  unjoined: number;
}

/** Items of one surface by how far they came, each counted once a request and unit. */
export interface SurfaceStages {
  /** Empty: events that name none. */
  surface: string;
  /** Items of decisions; 0 where no decision is logged. */
  requested: number;
  /** Of these, what was seen. */
  requested_and_seen: number;
  /** Items that were exposed. */
  seen: number;
  /** Exposures by how the view is known: viewable, click, vouched; empty: not said. */
  basis: Record<string, number>;
  /** Seen items with an outcome that joined. */
  acted: number;
  outcomes: number;
  joined: number;
}

/** A click-through rate. */
export interface Rate {
  /** A position, or `experiment_id/variant_id`. */
  name: string;
  exposures: number;
  clicks: number;
  /** Of these, clicks on what was clicked before. */
  repeated_clicks: number;
  /** clicks / exposures: over 1 only by repeated clicks. */
  ctr: number;
  /** The Wilson score interval at 95 % of the share of exposures that were clicked, repeated clicks left out. */
  interval: Interval | null;
}

/** Click-through rates. */
export interface RatesSection {
  positions: Rate[];
  variants: Rate[];
}

/** Figures by time, oldest first; each list has one value a step. */
export interface SeriesSection {
  /** Seconds since 1970 at which the first step begins, and seconds of a step. */
  start: number;
  step: number;
  /** Outcomes by when the bus had them, and how many of these are joined by now. */
  outcomes: number[];
  joined: number[];
  /** Events by type. */
  types: Record<string, number[]>;
  /** Longest publish and greatest queue lag of the relay's rounds, seconds; null without a round. */
  publish: (number | null)[];
  lag: (number | null)[];
}

/** What the relay does. */
export interface RelaySection {
  /** Age of the oldest message of a queue in its last round, and when that was. */
  lag: { queue: string; seconds: number; at: string }[];
  /** Messages that wait in the queues that are pulled; empty with SOURCE=push, where Cloudflare tells. */
  backlog: { queue: string; messages: number }[];
  /** Seconds from handing a batch to the bus to its confirmation, of the last minutes; null without a batch. */
  publish: { batches: number; p50: number; p95: number; p99: number } | null;
  /** Minutes that `publish` and `recent` look back. */
  minutes: number;
  /** What was settled in these minutes. */
  recent: { delivered: number; dead_lettered: number };
  breakers: { name: string; state: BreakerState; denied: readonly string[] }[];
  /** Since the store was made. */
  delivered: number;
  duplicates: number;
  redelivered: number;
  held: number;
  dead_lettered: { cause: string; n: number }[];
}

/** Why outcomes do not join. */
export type OrphanCause =
  /** It is too early to say. */
  | "waiting"
  | "no_request_id"
  | "shown_to_another_unit"
  | "decided_not_seen"
  | "request_without_item"
  | "request_unknown"
  /** There are more orphans than are looked at one by one. */
  | "forgotten";

/** Orphans of one cause. */
export interface OrphanGroup {
  cause: OrphanCause;
  n: number;
  /** What is behind it, and what to look at. */
  words: string;
  /** The newest of them. */
  examples: ArrivedEvent[];
}

/** Refused events of one code. */
export interface RefusalGroup {
  code: string;
  n: number;
  /** The newest of them: what was expected, and where. */
  examples: { event: ArrivedEvent; path: string; message: string }[];
}

/** What did not arrive as it should. */
export interface ProblemsSection {
  orphans: OrphanGroup[];
  refused: RefusalGroup[];
}

/** All sections by name. */
export interface Sections {
  status: StatusSection;
  verdict: VerdictSection;
  funnel: SurfaceStages[];
  rates: RatesSection;
  series: SeriesSection;
  relay: RelaySection;
  problems: ProblemsSection;
}

/** A request from its decision to its outcomes, as `/api/requests/{id}` returns it. */
export interface RequestPath {
  request_id: string;
  /** In the order in which they happened. */
  events: ArrivedEvent[];
  /** Events that are left out. */
  more: number;
}
