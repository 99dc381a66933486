import type { OutcomeType } from "@sightline/client/wire";
import { wireEvent, wireFields } from "./schema.ts";
import type { EventType } from "./event-type.ts";

const DESCRIPTIONS: Record<OutcomeType, string> = {
  click: "A user clicked an item.",
  add_to_cart: "A user put an item into the cart.",
  purchase: "A user bought an item.",
  conversion: "A user did with an item what it was shown for.",
  dismiss: "A user put an item away.",
  like: "A user said that an item is liked.",
  dislike: "A user said that an item is disliked.",
  rating: "A user rated an item.",
  complaint: "A user complained about an item.",
  unsubscribe: "A user left what an item belongs to.",
};

const schema = wireEvent.extend({ item_id: wireFields.item_id });

/** What a user did with an item. One without a request_id is taken, and flagged. */
export const outcomes: readonly EventType[] = Object.entries(DESCRIPTIONS).map(([name, description]) => ({
  name,
  version: 1,
  description,
  envelope: "rec.outcome.recorded.v1",
  schema,
}));
