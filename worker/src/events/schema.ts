/**
 * The rules of the wire in zod. A type test holds these schemas equal to client/src/wire, where the fields are documented.
 *
 * What zod cannot say cheaply of any JSON (depth, keys, bytes, forbidden names) is in scan.ts. `pii` is a field's class, as
 * pii-classes.ts has them. Pseudonymous is what leads to one unit, page load or decision, given the caller's own records; what a unit was
 * shown, did, and was assigned to is none by itself.
 */
import { WIRE_LIMITS, type Json } from "@sightline/client/wire";
import * as z from "zod/mini";
import { extendable } from "../lib/extendable.ts";
import { ID_RULE } from "../errors/errors.ts";
import { isTimestamp } from "../lib/timestamp.ts";
import "../personal/pii-classes.ts";

/** Any JSON: the body came out of `JSON.parse`, and scan.ts has bounded it. */
export const json = z.any() as z.ZodMiniType<Json>;
/**
 * Texts that name something, such as a unit or an item. `undefined` and the like are what a page sends that has no such name: all its users would
 * be one. A blank at an end makes two of one, and control and bidi characters (C0, DEL, C1, U+061C, U+200E and on) show another name
 * than they are. Classes are written in full, for the JSON Schema has no flags.
 */
const NAME =
  /^(?!(?:undefined|null|NaN|\[object Object\])$)[^\s\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u00ad\u115f\u1160\u180e\u200b-\u200d\u2060-\u2064\u2800\u3164\uffa0](?:[^\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]*[^\s\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u00ad\u115f\u1160\u180e\u200b-\u200d\u2060-\u2064\u2800\u3164\uffa0])?$/;
const name = (most: number) =>
  z.string().check(z.minLength(1), z.maxLength(most), z.regex(NAME, `expected 1 to ${most} characters: ${ID_RULE}`));

/** Every id of this form leads to a page load or a decision, and so to one unit. */
const id = z
  .string()
  .check(z.regex(/^(?!undefined$)[A-Za-z0-9_-]{8,64}$/))
  .register(z.globalRegistry, { pii: "pseudonymous" });
const itemId = name(WIRE_LIMITS.nameLength);
const position = z.int().check(z.gte(1), z.lte(WIRE_LIMITS.position));

/** A dotted name, at most 128 characters. */
const surface = z
  .string()
  .check(z.maxLength(128), z.regex(/^(?!(?:[A-Za-z0-9_-]+\.)*(?:undefined|null|NaN)(?:\.|$))[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/));
const timestamp = z
  .string()
  .check(z.refine(isTimestamp))
  .register(z.globalRegistry, { format: "date-time", pattern: ":\\d\\d(\\.\\d{1,9})?(Z|\\+00:00)$" });

/** One item of `items`. */
export const wireItem = z.strictObject({
  item_id: itemId,
  position,
  placement: z.exactOptional(name(WIRE_LIMITS.nameLength)),
  score: z.exactOptional(z.number()),
  propensity: z.exactOptional(z.number().check(z.gt(0), z.lt(1))),
  basis: z.exactOptional(z.enum(["viewable", "click", "vouched"])),
});

/** Any UUID by its form; its version and variant say nothing here. */
export const wireExperiment = z.strictObject({ experiment_id: z.guid(), variant_id: z.guid() });

/** `context`. */
export const wireContext = extendable(
  z.catchall(
    z.object({
      policy_version_id: z.exactOptional(z.string()),
      app_version: z.exactOptional(z.string()),
      platform: z.exactOptional(z.string()),
    }),
    z.optional(json),
  ),
);

/** `metrics`. */
export const wireMetrics = z.catchall(
  z.object({
    latency_ms: z.exactOptional(z.number()),
    token_count: z.exactOptional(z.number()),
    edit_count: z.exactOptional(z.number()),
  }),
  z.optional(z.number()),
);

/** The fields of an event by themselves, for types that require one. */
export const wireFields = {
  event_id: id,
  request_id: id,
  surface,
  item_id: itemId,
  items: z.array(wireItem).check(z.minLength(1), z.maxLength(WIRE_LIMITS.items)),
  seq: z.int().check(z.gte(1)),
};

/** What every event may carry; a registered type makes some of it required. */
export const wireEvent = extendable(
  z.strictObject({
    event_id: z.exactOptional(wireFields.event_id),
    event_type: z.string(),
    timestamp,
    unit_type: name(64),
    unit_id: name(WIRE_LIMITS.nameLength).register(z.globalRegistry, { pii: "pseudonymous" }),
    request_id: z.exactOptional(wireFields.request_id),
    surface: z.exactOptional(wireFields.surface),
    item_id: z.exactOptional(wireFields.item_id),
    position: z.exactOptional(position),
    items: z.exactOptional(wireFields.items),
    experiments: z.exactOptional(z.array(wireExperiment)),
    context: z.exactOptional(wireContext),
    metrics: z.exactOptional(wireMetrics),
    payload: z.exactOptional(z.record(z.string(), json)),
    seq: z.exactOptional(wireFields.seq),
    sample_rate: z.exactOptional(z.number().check(z.gt(0), z.lte(1))),
  }),
);

const head = {
  sdk: z.exactOptional(z.string().check(z.regex(/^[A-Za-z0-9@._-]+\/[A-Za-z0-9._+-]+$/), z.maxLength(64))),
  session_id: z.exactOptional(id),
  common: z.exactOptional(
    z.strictObject({
      unit_type: z.exactOptional(json),
      unit_id: z.exactOptional(json),
      context: z.exactOptional(json),
      experiments: z.exactOptional(json),
    }),
  ),
};

/** Of events that are still to be checked: zod's own list looks at each of them, which takes as long as all the rest of a frame. */
const unchecked = z.custom<unknown[]>(Array.isArray, "expected an array");

/** A batch of version 1 whose events, and the values of whose `common`, are still to be checked, each event alone. */
export const wireFrame = z.strictObject({
  v: z.exactOptional(z.literal(1)),
  sent_at: z.exactOptional(timestamp),
  ...head,
  events: unchecked,
});

/** A batch of version 2 whose parts are still to be checked, each alone. */
export const wirePartedFrame = z.strictObject({
  v: z.literal(2),
  sent_at: z.exactOptional(timestamp),
  parts: unchecked,
});

/** A part of it, to be checked as a batch of version 1 is. */
export const wirePartFrame = z.strictObject({
  ...head,
  events: unchecked.check(z.minLength(1, "expected at least one event")),
});

const { unit_type, unit_id, context, experiments } = wireEvent.shape;

/** What a batch, or a part of one, may say of all of its events. */
export const wireCommon = z.strictObject({
  unit_type: z.exactOptional(unit_type),
  unit_id: z.exactOptional(unit_id),
  context,
  experiments,
});

const whole = {
  common: z.exactOptional(wireCommon),
  events: z.array(wireEvent).check(z.minLength(1), z.maxLength(WIRE_LIMITS.events)),
};

/** A whole batch of version 1: `wireFrame` and the check of each event in one schema, for the documents. */
export const wireBatch = z.extend(wireFrame, whole);

/** A whole part of a batch of version 2. */
export const wirePart = z.extend(wirePartFrame, whole);

/** A whole batch of version 2. */
export const wirePartedBatch = z.extend(wirePartedFrame, {
  parts: z.array(wirePart).check(z.minLength(1), z.maxLength(WIRE_LIMITS.events)),
});
