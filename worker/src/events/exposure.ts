import { answered } from "./decision.ts";
import type { EventType } from "./event-type.ts";

/** What the user saw of an answer. */
export const exposure: EventType = {
  name: "exposure",
  version: 1,
  description: "What a user saw of an answer.",
  envelope: "rec.exposure.recorded.v1",
  schema: answered,
};
