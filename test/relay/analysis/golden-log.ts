/** The golden log: each rule of docs/events.md in a few events, with the figures that every way of counting has to give. */
import type { Envelope, Flag, KeyKind, Rejection } from "../../../worker/src/envelope/envelope.ts";

const START = Date.parse("2026-05-04T10:00:00.000Z");

interface Given {
  /** Seconds after the start when it happened, and when the collector had it. */
  at: number;
  received?: number;
  request_id?: string;
  item_id?: string;
  surface?: string;
  unit_id?: string;
  items?: [item_id: string, position: number, placement?: string | undefined, basis?: "viewable" | "click" | "vouched"][];
  variant?: string;
  tenant_id?: string;
  key_kind?: KeyKind;
  flags?: Flag[];
  session?: [session_id: string, seq: number];
  dropped?: Record<string, number>;
}

const TYPES: Record<string, Envelope["type"]> = {
  decision: "rec.decision.made.v1",
  exposure: "rec.exposure.recorded.v1",
  recipe_saved: "app.event.recorded.v1",
  client_report: "edge.client.reported.v1",
};
const time = (seconds: number): string => new Date(START + seconds * 1_000).toISOString();
const EXPERIMENT = "6f1c2d3e-4a5b-4c6d-8e7f-90a1b2c3d4e5";

function event(event_type: string, id: string, given: Given): Envelope {
  const {
    at,
    received = at + 1,
    tenant_id = "shop",
    key_kind = "web",
    flags = [],
    session,
    dropped,
    items,
    variant,
    ...own
  } = given;
  const numbered = session && { session_id: session[0], seq: session[1] };
  const [timestamp, unit_id] = [time(at), own.unit_id ?? "u1"];
  const payload = {
    event_id: id,
    event_type,
    timestamp,
    unit_type: "user",
    surface: "home",
    ...own,
    unit_id,
    ...(session && { seq: session[1] }),
    ...(variant && { experiments: [{ experiment_id: EXPERIMENT, variant_id: variant }] }),
    ...(dropped && { payload: { dropped } }),
    ...(items && {
      items: items.map(([item_id, position, placement, basis = "viewable"]) => ({
        item_id,
        position,
        ...(placement && { placement }),
        ...(event_type === "exposure" && { basis }),
      })),
    }),
  };
  return {
    id,
    type: TYPES[event_type] ?? "rec.outcome.recorded.v1",
    version: 1,
    event_type,
    occurred_at: timestamp,
    received_at: time(received),
    source: "web/1.0.0",
    correlation_id: own.request_id ?? id,
    trace_id: "0af7651916cd43dd8448eb211c80319c",
    payload,
    metadata: {
      partition_key: own.request_id ?? unit_id,
      tenant_id,
      key_kind,
      flags,
      schema: `${event_type}@1`,
      content_hash: "0".repeat(32),
      ...numbered,
    },
  };
}

function rejection(id: string, error: string, event_type: string, event_id?: string): Envelope<Rejection> {
  const { payload: _, ...envelope } = event("click", id, { at: 60 });
  return {
    ...envelope,
    type: "edge.event.rejected.v1",
    event_type,
    payload: { event_type, surface: "home", index: 0, error, message: "expected another", ...(event_id && { event_id }) },
  };
}

const request_id = "request-1";

/** In the order of the bus. */
export const goldenLog: (Envelope | Envelope<Rejection>)[] = [
  // Decided twice, which is one decision; of its items a and b are seen.
  event("decision", "decision-1", {
    at: 0,
    request_id,
    key_kind: "server",
    items: [
      ["a", 1],
      ["b", 2],
      ["c", 3],
    ],
  }),
  event("decision", "decision-2", { at: 1, request_id, key_kind: "server", items: [["c", 3]] }),
  // Seen once, though three events say so: at the lowest position, by the strongest basis. In another placement it is another exposure.
  event("exposure", "s1-00001", { at: 10, request_id, variant: "v1", session: ["s1", 1], items: [["a", 2, undefined, "click"]] }),
  event("exposure", "s1-00002", {
    at: 11,
    request_id,
    variant: "v1",
    session: ["s1", 2],
    items: [
      ["a", 1],
      ["b", 2],
    ],
  }),
  event("exposure", "s1-00003", {
    at: 12,
    request_id,
    variant: "v1",
    items: [
      ["a", 4, "hero", "vouched"],
      ["a", 3],
    ],
  }),
  // Clicked three times: one joined click, and two that repeat it. The same event twice is once; a server's of the same id is another.
  event("click", "s1-00004", { at: 15, request_id, item_id: "a", session: ["s1", 4] }),
  event("click", "s1-00004", { at: 15, request_id, item_id: "a", session: ["s1", 4] }),
  event("click", "s1-00004", { at: 16, request_id, item_id: "a", key_kind: "server" }),
  event("click", "click-02", { at: 17, request_id, item_id: "a" }),
  event("purchase", "click-03", { at: 40, request_id, item_id: "b" }),
  // Before its exposure, by another clock, and joined.
  event("click", "click-04", { at: 9, request_id, item_id: "b", flags: ["clock_skewed"] }),
  // Orphans: another item, another unit, no request, no item, another tenant.
  event("click", "click-05", { at: 20, request_id, item_id: "z" }),
  event("click", "click-06", { at: 21, request_id, item_id: "a", unit_id: "u2" }),
  event("click", "click-07", { at: 22, item_id: "a", flags: ["missing_request_id"] }),
  event("click", "click-08", { at: 23, request_id }),
  event("click", "click-09", { at: 24, request_id, item_id: "a", tenant_id: "other" }),
  // Own types: an outcome only with request and item.
  event("recipe_saved", "own-0001", { at: 25, request_id, item_id: "b" }),
  event("recipe_saved", "own-0002", { at: 26, request_id }),
  event("recipe_saved", "own-0003", { at: 27, item_id: "b" }),
  // Its exposure comes over the watermark after it: joined late.
  event("click", "click-10", { at: 30, request_id: "request-2", item_id: "d", unit_id: "u3" }),
  event("exposure", "exposure-4", {
    at: 29,
    received: 3_000,
    request_id: "request-2",
    unit_id: "u3",
    variant: "v2",
    items: [["d", 1]],
  }),
  // A request on two surfaces: an exposure, and a decision, on each; the click joins, whichever surface it names.
  event("decision", "decision-3", { at: 50, request_id: "request-3", unit_id: "u4", items: [["e", 1]] }),
  event("decision", "decision-4", { at: 50, request_id: "request-3", unit_id: "u4", surface: "search", items: [["e", 1]] }),
  event("exposure", "exposure-5", { at: 51, request_id: "request-3", unit_id: "u4", variant: "v2", items: [["e", 1]] }),
  event("exposure", "exposure-6", {
    at: 51,
    request_id: "request-3",
    unit_id: "u4",
    variant: "v2",
    surface: "search",
    items: [["e", 1]],
  }),
  event("click", "click-11", { at: 55, request_id: "request-3", unit_id: "u4", surface: "cart", item_id: "e" }),
  // Two numbers are missing in s1, 3 and 5: one was dropped, as the report says, and one refused.
  event("client_report", "s1-00006", { at: 61, session: ["s1", 6], dropped: { queue_full: 1 } }),
  rejection("rejected-1", "empty_items", "exposure", "s1-5"),
  rejection("rejected-1", "empty_items", "exposure", "s1-5"),
  rejection("rejected-2", "invalid_field", "click"),
  // The newest, whose exposure may be under way; its clock is 2 seconds ahead.
  event("click", "click-12", { at: 3_002, received: 3_000, request_id: "request-4", item_id: "f" }),
];

const rate = (exposures: number, clicks: number, repeated_clicks: number) => ({ exposures, clicks, repeated_clicks });

/** What every way of counting gives, the joiner among them. */
export const goldenFigures = {
  decisions: { requests: 3, items: 5, seen: 4 },
  exposures: 6,
  outcomes: { click: 12, purchase: 1, recipe_saved: 1 },
  joined: 8,
  orphans: 6,
  orphans_of_other_units: 1,
  by_position: { "1": rate(4, 5, 2), "2": rate(1, 1, 0), "4": rate(1, 0, 0) },
  several_units: { requests: 1, examples: ["request-1"] },
  several_surfaces: { requests: 1, examples: ["request-3"] },
};

/** What verify gives beside. */
export const goldenReport = {
  ...goldenFigures,
  join_rate: 0.571429,
  exposures_by_basis: { viewable: 5, vouched: 1 },
  joined_late: 1,
  orphans_not_yet: 1,
  orphans_never: 5,
  missing_request_id: 1,
  missing_item_id: 1,
  by_variant: [
    { variant_id: "v1", ...rate(3, 4, 2) },
    { variant_id: "v2", ...rate(3, 2, 0) },
  ],
  rejected: { empty_items: 1, invalid_field: 1 },
  empty_exposures: 1,
  exposure_to_outcome_ms: { p50: 5_000, p95: 29_000, p99: 29_000 },
  clock: { clock_skewed: 1, future_timestamp: 0, old_timestamp: 0, ahead: 1, most_ahead_ms: 2_000, outcomes_before_exposure: 1 },
  sequences: { sessions: 1, missing: 2, explained_by_reports: 1, explained_by_rejects: 1, unexplained: 0 },
  experiments: [{ variants: [{ units: 1 }, { units: 2 }] }],
  surfaces: ["cart", "home", "search"],
  as_of: time(3_000),
};
