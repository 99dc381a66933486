import { withItems } from "./decision.ts";
import type { EventType } from "./event-type.ts";

/** What a user saw of a decision. */
export const exposure: EventType = {
  name: "exposure",
  version: 1,
  description: "What a user saw of a decision.",
  envelope: "rec.exposure.recorded.v1",
  schema: withItems,
};
