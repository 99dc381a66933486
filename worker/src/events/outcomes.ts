import type { OutcomeType } from "@sightline/client/wire";
import { wireEvent } from "../schema.ts";
import type { EventType } from "./event-type.ts";

const NAMES = [
  "click",
  "add_to_cart",
  "purchase",
  "conversion",
  "dismiss",
  "like",
  "dislike",
  "rating",
  "complaint",
  "unsubscribe",
] as const satisfies readonly OutcomeType[];

const schema = wireEvent.extend({ item_id: wireEvent.shape.item_id.unwrap() });

/** What a user did with an item. One without a request_id is taken, and flagged. */
export const outcomes: readonly EventType[] = NAMES.map((name) => ({
  name,
  version: 1,
  envelope: "rec.outcome.recorded.v1",
  schema,
}));
