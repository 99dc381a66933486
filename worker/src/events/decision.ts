import { wireEvent, wireFields } from "./schema.ts";
import type { EventType } from "./event-type.ts";

const { request_id, surface, items } = wireFields;

/** Fields of what a request was answered with, or showed. */
export const answered = wireEvent.extend({ request_id, surface, items });

/** What a service answered a request with. */
export const decision: EventType = {
  name: "decision",
  version: 1,
  description: "What a service answered a request with.",
  envelope: "rec.decision.made.v1",
  schema: answered,
};
