import { json, wireEvent, type ProjectEventType } from "@sightline/worker/events";
import * as z from "zod/mini";
import { id, kind, payloadOf } from "./lib.ts";

/** The user put one meal in the place of another. */
export const mealSwapped = {
  name: "meal_swapped",
  version: 1,
  description: "A user swapped a meal of a plan for another.",
  schema: wireEvent.extend({ payload: payloadOf({ meal_id: id, new_meal_id: id }) }),
} satisfies ProjectEventType;

/** The user changed a plan. */
export const editApplied = {
  name: "edit_applied",
  version: 1,
  description: "A user edited a plan.",
  // What they are depends on the type of the edit.
  schema: wireEvent.extend({ payload: payloadOf({ edit_type: kind, edit_details: z.record(z.string(), json) }) }),
} satisfies ProjectEventType;
