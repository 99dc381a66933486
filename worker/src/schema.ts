/**
 * The rules of the wire in zod. A type test holds these schemas equal to client/src/wire.ts, where the fields are documented.
 *
 * What zod cannot say cheaply of any JSON (depth, keys, bytes, forbidden names) is in scan.ts. `pii` is a field's class, as
 * pii-classes.ts has them. Pseudonymous is what leads to one unit, page load or answer, given the caller's own records; what a unit was
 * shown, did, and was assigned to is none by itself.
 */
import { WIRE_LIMITS, type Json } from "@sightline/client/wire";
import * as z from "zod";
import { isTimestamp } from "./lib/timestamp.ts";
import "./pii-classes.ts";

/** Any JSON: the body came out of `JSON.parse`, and scan.ts has bounded it. */
export const json = z.any() as z.ZodType<Json>;
/** Every id of this form leads to a page load or an answer, and so to one unit. */
const id = z
  .string()
  .regex(/^[A-Za-z0-9_-]{8,64}$/)
  .meta({ pii: "pseudonymous" });
const itemId = z.string().min(1).max(256);
const position = z.int().min(1);

/** A dotted name, at most 128 characters. */
const surface = z
  .string()
  .max(128)
  .regex(/^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/);
const timestamp = z.string().refine(isTimestamp).meta({ format: "date-time", pattern: ":\\d\\d(\\.\\d{1,9})?(Z|\\+00:00)$" });

/** One item of `items`. */
export const wireItem = z.strictObject({
  item_id: itemId,
  position,
  placement: z.string().min(1).max(256).exactOptional(),
  score: z.number().exactOptional(),
  propensity: z.number().gt(0).lt(1).exactOptional(),
  basis: z.enum(["viewable", "click", "vouched"]).exactOptional(),
});

/** Any UUID by its form; its version and variant say nothing here. */
export const wireExperiment = z.strictObject({ experiment_id: z.guid(), variant_id: z.guid() });

/** `context`. */
export const wireContext = z
  .object({
    policy_version_id: z.string().exactOptional(),
    app_version: z.string().exactOptional(),
    platform: z.string().exactOptional(),
  })
  .catchall(json.optional());

/** `metrics`. */
export const wireMetrics = z
  .object({
    latency_ms: z.number().exactOptional(),
    token_count: z.number().exactOptional(),
    edit_count: z.number().exactOptional(),
  })
  .catchall(z.number().optional());

/** What every event may carry; a registered type makes some of it required. */
export const wireEvent = z.strictObject({
  event_id: id.exactOptional(),
  event_type: z.string(),
  timestamp,
  unit_type: z.string().min(1).max(64),
  unit_id: z.string().min(1).max(256).meta({ pii: "pseudonymous" }),
  request_id: id.exactOptional(),
  surface: surface.exactOptional(),
  item_id: itemId.exactOptional(),
  position: position.exactOptional(),
  items: z.array(wireItem).min(1).max(WIRE_LIMITS.items).exactOptional(),
  experiments: z.array(wireExperiment).exactOptional(),
  context: wireContext.exactOptional(),
  metrics: wireMetrics.exactOptional(),
  payload: z.record(z.string(), json).exactOptional(),
  seq: z.int().min(1).exactOptional(),
  sample_rate: z.number().gt(0).max(1).exactOptional(),
});

/** A batch whose events, and the values of whose `common`, are still to be checked, each event alone. */
export const wireFrame = z.strictObject({
  v: z.int().exactOptional(),
  sent_at: timestamp.exactOptional(),
  sdk: z
    .string()
    .regex(/^[A-Za-z0-9@._-]+\/[A-Za-z0-9._+-]+$/)
    .max(64)
    .exactOptional(),
  session_id: id.exactOptional(),
  common: z
    .strictObject({
      unit_type: json.exactOptional(),
      unit_id: json.exactOptional(),
      context: json.exactOptional(),
      experiments: json.exactOptional(),
    })
    .exactOptional(),
  events: z.array(z.unknown()),
});

const { unit_type, unit_id, context, experiments } = wireEvent.shape;

/** A batch as a whole: what `wireFrame` and the check of each event come to together. */
export const wireBatch = wireFrame.extend({
  common: z
    .strictObject({ unit_type: unit_type.exactOptional(), unit_id: unit_id.exactOptional(), context, experiments })
    .exactOptional(),
  events: z.array(wireEvent).min(1).max(WIRE_LIMITS.events),
});
