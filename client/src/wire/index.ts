/**
 * THE WIRE FORMAT, version 2: what a browser or a backend posts to the collector, and what the collector responds.
 *
 * `POST /v1/events?k=<write key>` with a body of `text/plain` or `application/json`, optionally gzip (`&z=gzip`): one event, or a
 * batch; version 2 lets a batch have several heads, and changes nothing else. This folder is types, limits and the version, and imports
 * nothing else, so that every stage can depend on it. Names are snake_case, as on the wire. The collector understands this version and
 * the one before it.
 */
export type {
  Basis,
  OutcomeType,
  WireBatch,
  WireCommon,
  WireContext,
  WireEvent,
  WireExperiment,
  WireItem,
  WireMetrics,
  WirePart,
  WirePartedBatch,
  WireUnit,
} from "./event.ts";
export type { Json } from "./json.ts";
export { BODY_BYTES, EVENT_BYTES, EVENTS, ITEMS, WIRE_LIMITS, WIRE_VERSION } from "./limits.ts";
export type { BatchAnswer, ErrorAnswer, EventError, SingleAnswer } from "./response.ts";
