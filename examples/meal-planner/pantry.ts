import { wireEvent, type ProjectEventType } from "@sightline/worker/events";
import { count, payloadOf } from "./lib.ts";

/** The user's stock changed. */
export const pantryUpdated = {
  name: "pantry_updated",
  version: 1,
  description: "What a user has in stock changed.",
  schema: wireEvent.extend({ payload: payloadOf({ items_added: count, items_removed: count }) }),
} satisfies ProjectEventType;
