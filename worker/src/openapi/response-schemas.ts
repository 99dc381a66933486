/** The bodies of the collector's responses, in zod. A type test holds these schemas equal to client/src/wire, where the fields are documented. */
import * as z from "zod/mini";
import { ERRORS } from "../errors/errors.ts";
import { json, wireEvent } from "../events/schema.ts";

const codes = Object.keys(ERRORS) as (keyof typeof ERRORS)[];
const count = z.int().check(z.gte(0));

/** Codes that a verdict on one event of a batch may have. */
export const EVENT_CODES = codes.filter((code) => ERRORS[code].scope !== "request");

/** The response to a single event. */
export const singleAnswer = z.strictObject({ event_id: z.string(), status: z.enum(["accepted", "shed", "sampled_out"]) });

/** Verdict on one event of a batch that was not taken. */
export const eventError = z.strictObject({
  index: count,
  event_id: wireEvent.shape.event_id,
  error: z.string().register(z.globalRegistry, { enum: EVENT_CODES }),
  path: z.exactOptional(z.string()),
  message: z.string(),
  retryable: z.boolean(),
});

/** The response to a batch. */
export const batchAnswer = z.strictObject({
  accepted: count,
  rejected: count,
  duplicates: count,
  event_ids: z.exactOptional(z.array(z.nullable(z.string()))),
  errors: z.array(eventError),
});

/** The error contract. */
export const errorAnswer = z.strictObject({
  error: z.strictObject({
    code: z.string().register(z.globalRegistry, { enum: codes }),
    message: z.string(),
    details: z.record(z.string(), json),
  }),
});
