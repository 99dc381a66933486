/**
 * Every code that a response of the collector can carry: one closed table of code, HTTP status, whether to send again, and what was expected.
 *
 * A row of `scope: "event"` is a verdict on one event of a batch; its status is the response's when the event came alone. What is said of one
 * event and of a whole request alike has the scope `either`.
 */
import { WIRE_LIMITS, WIRE_VERSION } from "@sightline/client/wire";
import { CLOCK_TOLERANCE_MS } from "../lib/clock-tolerance.ts";

interface ErrorRow {
  /** HTTP status when it is the whole response. */
  readonly status: 202 | 400 | 401 | 403 | 404 | 405 | 408 | 413 | 415 | 429 | 500 | 503;
  /** True: the same bytes may be taken later. */
  readonly retryable: boolean;
  /** About one event, about the request as a whole, or about either. */
  readonly scope: "event" | "request" | "either";
  /** What was expected; the caller is told this where nothing more exact is known. */
  readonly message: string;
}

const event = (message: string): ErrorRow => ({ status: 400, retryable: false, scope: "event", message });
const request = (status: ErrorRow["status"], retryable: boolean, message: string): ErrorRow => ({
  status,
  retryable,
  scope: "request",
  message,
});

const { events, eventBytes, items, nameLength, depth, keys, stringBytes } = WIRE_LIMITS;
const HOLDS_EVENTS = `a batch holds 1 to ${events} events`;
const HOLDS_ITEMS = `items holds 1 to ${items} items`;

/** What a text that names something is not. */
export const ID_RULE = "not undefined, null, NaN or [object Object], no blank at either end, and no control or bidi character";

/** The closed table. */
export const ERRORS = Object.freeze({
  invalid_event: event("an event is a JSON object"),
  unknown_field: event("an unknown field: put what is yours into context, metrics or payload"),
  invalid_field: event("expected a field of another type or range"),
  missing_event_type: event("event_type is required"),
  unknown_event_type: event("event_type is not a registered type: GET /v1/schemas lists them"),
  invalid_event_id: event("event_id is 8 to 64 characters of A-Z a-z 0-9 _ -, and not the word undefined"),
  event_id_conflict: event("this batch carries another event under the same event_id"),
  missing_timestamp: event("timestamp is required"),
  invalid_timestamp: event("timestamp is ISO 8601 in UTC, for example 2026-01-01T10:00:00.000Z"),
  future_timestamp: event(`timestamp is more than ${CLOCK_TOLERANCE_MS / 60_000} minutes ahead of the collector's clock`),
  missing_unit_type: event("unit_type is required"),
  missing_unit_id: event("unit_id is required"),
  missing_request_id: event("request_id is required for this type of event"),
  invalid_request_id: event("request_id is 8 to 64 characters of A-Z a-z 0-9 _ -, and not the word undefined"),
  missing_surface: event("surface is required with request_id"),
  invalid_surface: event("surface is a dotted name, for example home.top_picks, without undefined, null or NaN as a part"),
  missing_item_id: event("item_id is required: of an outcome, and of each of items"),
  invalid_item_id: event(`item_id is 1 to ${nameLength} characters: ${ID_RULE}`),
  invalid_position: event(`position is a whole number from 1 to ${WIRE_LIMITS.position}`),
  missing_items: event("items is required for this type of event"),
  empty_items: event(HOLDS_ITEMS),
  too_many_items: event(HOLDS_ITEMS),
  invalid_propensity: event("propensity lies strictly between 0 and 1"),
  invalid_experiment_id: event("experiment_id is a UUID"),
  invalid_variant_id: event("variant_id is a UUID"),
  invalid_sample_rate: event("sample_rate is above 0 and at most 1"),
  pii_detected: event(
    "personal data: an id has no e-mail address, phone, card or account number in it; what a schema classes so needs a key that may send it",
  ),
  event_too_large: event(`an event is at most ${eventBytes} bytes`),
  too_deep: event(`context, metrics and payload are at most ${depth} levels deep`),
  too_many_keys: event(`context, metrics and payload have at most ${keys} keys each`),
  string_too_long: event(`a string in context, metrics or payload is at most ${stringBytes} bytes`),
  forbidden_key: event("the key __proto__, constructor or prototype"),
  number_out_of_range: event("a number that a double does not hold exactly: send it as a string"),
  invalid_string: event("a string holds NUL or half of a surrogate pair"),
  type_not_allowed: event("this write key is not for events of this type"),
  shed: { ...event("not taken: the backlog is long, and exposures give way to outcomes"), status: 202 },
  sampled_out: { ...event("not taken: outside the sample that is set for this write key"), status: 202 },

  unreadable_body: request(400, false, "expected a body of JSON in UTF-8"),
  invalid_batch: request(400, false, "expected one event, or a batch: with events, or in version 2 with parts"),
  foreign_format: request(400, false, "expected an event of this collector's own format: docs/collector.md"),
  empty_batch: request(400, false, HOLDS_EVENTS),
  unsupported_version: request(400, false, `expected version ${WIRE_VERSION - 1} or ${WIRE_VERSION} of the wire format`),
  unauthorized: request(401, false, "expected a known write key, as ?k= or as a bearer token"),
  server_key_in_browser: request(
    403,
    false,
    "a server key came from a page, where everybody can read it: use a web key there as ?k=, and replace this one",
  ),
  key_disabled: request(403, false, "this write key is switched off"),
  forbidden_origin: request(403, false, "this write key is not for pages of this origin"),
  not_found: request(404, false, "no such path: events go to POST /v1/events"),
  method_not_allowed: request(405, false, "expected another method: Allow has those of this path"),
  body_timeout: request(408, true, "the body did not arrive in time"),
  body_too_large: request(413, false, "the request is over a limit: send less at a time"),
  too_many_events: request(413, false, `${HOLDS_EVENTS}: send less at a time`),
  unsupported_media_type: request(
    415,
    false,
    "expected text/plain, application/json, application/x-ndjson, application/cloudevents+json or application/cloudevents-batch+json",
  ),
  unsupported_encoding: request(415, false, "expected gzip or no content encoding"),
  rate_limited: request(429, true, "too many requests: send again after Retry-After"),
  overloaded: request(429, true, "the backlog is long: send again after Retry-After"),
  internal_error: request(500, true, "a fault of the collector's own: send the same events again"),
  bodies_pending: request(503, true, "too many requests are still sending their bodies: send again after Retry-After"),
  keys_unavailable: request(503, true, "write keys cannot be looked up: send again after Retry-After"),
  queue_unavailable: { ...request(503, true, "the queue did not confirm: send the same events again"), scope: "either" },
} satisfies Record<string, ErrorRow>);

/** A code of the closed table. */
export type ErrorCode = keyof typeof ERRORS;

/** A refusal of the whole request. */
export class RequestError extends Error {
  override readonly name: string = "RequestError";
  readonly code: ErrorCode;
  readonly details: Record<string, string | number>;

  constructor(code: ErrorCode, options: { message?: string; details?: Record<string, string | number>; cause?: unknown } = {}) {
    super(options.message ?? ERRORS[code].message, { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
  }
}

/** The verdict on an event that was sent alone. It is counted with the event, and not as a refusal of the request. */
export class VerdictError extends RequestError {
  override readonly name = "VerdictError";
}
