import type { Json } from "./json.ts";

/** How we know that the user saw the item. */
export type Basis =
  /** Rendered, and at least half of its pixels in the viewport of a visible page for one continuous second (MRC/IAB display rule). */
  | "viewable"
  /** The user clicked it before that second was up: a click proves the view. */
  | "click"
  /** The caller says so, as a backend does that replays a log. */
  | "vouched";

/** The outcome event types that are registered without a project's own registry. */
export type OutcomeType =
  | "click"
  | "add_to_cart"
  | "purchase"
  | "conversion"
  | "dismiss"
  | "like"
  | "dislike"
  | "rating"
  | "complaint"
  | "unsubscribe";

/** One item that a service recommended (`decision`), or that a user saw (`exposure`). */
export interface WireItem {
  /** Identity of the item in the caller's catalogue, 1 to 256 characters. */
  item_id: string;
  /** Place in the list as the user meets it, a whole number from 1 to 2,147,483,647. */
  position: number;
  /** Which of several lists of one request showed it, 1 to 256 characters; an exposure counts once per (request, item, placement). */
  placement?: string;
  /** Score that the policy gave the item; any finite number. */
  score?: number;
  /** Probability with which the policy chose this item for this position, strictly between 0 and 1. */
  propensity?: number;
  /** How the view is known. */
  basis?: Basis;
}

/** An experiment and the variant of it that was in force when the event was made. */
export interface WireExperiment {
  /** UUID of the experiment. */
  experiment_id: string;
  /** UUID of the variant. */
  variant_id: string;
}

/** Facts about the circumstances. Other keys are free; those named here are understood downstream. */
export interface WireContext {
  /** Version of the model or policy that made the decision. Absent: flag `no_policy_version`. */
  policy_version_id?: string;
  /** Version of the app or site. */
  app_version?: string;
  /** For example `web`, `ios`. */
  platform?: string;
  [key: string]: Json | undefined;
}

/** Finite numbers. Other keys are free; those named here are understood downstream. */
export interface WireMetrics {
  /** Milliseconds that the recommendation took. */
  latency_ms?: number;
  /** Tokens that a language model used. */
  token_count?: number;
  /** Edits that the user made. */
  edit_count?: number;
  [key: string]: number | undefined;
}

/** Who an event is about; pseudonymous. An e-mail address, a phone number and the like are refused as `pii_detected`. */
export interface WireUnit {
  /** What kind of unit is counted, for example `user`, `device`; 1 to 64 characters. */
  unit_type: string;
  /** Pseudonymous identity of the unit, 1 to 256 characters. */
  unit_id: string;
}

/** One event. An unknown field at this level is refused; inside `context`, `metrics` and `payload` all names are free. */
export interface WireEvent extends WireUnit {
  /** 8 to 64 of A-Z a-z 0-9 _ -. Minted once, where the thing happens; a resend carries the same. Absent from backends: derived. */
  event_id?: string;
  /** A registered type, lower snake case. */
  event_type: string;
  /** When it happened by the sender's clock: ISO 8601 in UTC (`Z` or `+00:00`), up to nanoseconds. A retry never changes it. */
  timestamp: string;
  /** 8 to 64 of A-Z a-z 0-9 _ -. Required for `decision` and `exposure`; an outcome without it is flagged `missing_request_id`. */
  request_id?: string;
  /** Dotted name of the place that asked, for example `home.top_picks`; required with `request_id`. One request belongs to one surface. */
  surface?: string;
  /** The item an outcome is about, 1 to 256 characters; required for outcomes. */
  item_id?: string;
  /** Position of that item, a whole number from 1 to 2,147,483,647. */
  position?: number;
  /** Items recommended or seen, 1 to 100; required for `decision` and `exposure`. */
  items?: WireItem[];
  /** Experiments in force. Absent or empty: flag `no_experiment`. */
  experiments?: WireExperiment[];
  /** Circumstances. */
  context?: WireContext;
  /** Numbers. */
  metrics?: WireMetrics;
  /** Anything else that belongs to the event. */
  payload?: { [key: string]: Json };
  /** Counts up by one an event within `session_id`, from 1: gaps show loss. */
  seq?: number;
  /** Share of such events that the SDK kept, above 0 and at most 1. Absent: 1. */
  sample_rate?: number;
}

/** Fields that are merged into each event beside them; an event's own field wins, and `context` is merged key by key. */
export type WireCommon = Partial<Pick<WireEvent, "unit_type" | "unit_id" | "context" | "experiments">>;

/** Events of one head: of one sender, one page load and one `common`. */
export interface WirePart {
  /** Name and version of the sender, `name/version`, for example `web/1.0.0`. */
  sdk?: string;
  /** Identity of the page load, 8 to 64 of A-Z a-z 0-9 _ -. */
  session_id?: string;
  /** Merged into each event. */
  common?: WireCommon;
  /** At least one event; a batch has 1 to 500, all its parts together. */
  events: WireEvent[];
}

/** A batch of events, version 1: they have one head. */
export interface WireBatch extends WirePart {
  /** Version of this format; absent means 1. */
  v?: 1;
  /** The sender's clock when the request left, ISO 8601 UTC: it tells a clock that is ahead. Browsers send it, backends need not. */
  sent_at?: string;
}

/** A batch of events, version 2: each part has a head of its own. */
export interface WirePartedBatch extends Pick<WireBatch, "sent_at"> {
  v: 2;
  /** 1 to 500. An event's place in the batch counts through all of them, in their order. */
  parts: WirePart[];
}
