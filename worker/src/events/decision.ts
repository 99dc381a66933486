import { wireEvent, wireFields } from "./schema.ts";
import type { EventType } from "./event-type.ts";

const { request_id, surface, items } = wireFields;

/** Fields of the items that a request got, or showed. */
export const withItems = wireEvent.extend({ request_id, surface, items });

/** The items that a service returned for a request. */
export const decision: EventType = {
  name: "decision",
  version: 1,
  description: "The items that a service returned for a request.",
  envelope: "rec.decision.made.v1",
  schema: withItems,
};
