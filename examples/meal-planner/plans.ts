import { wireContext, wireEvent, type ProjectEventType } from "@sightline/worker/events";
import * as z from "zod/mini";
import { count, id, payloadOf } from "./lib.ts";

const dietaryNeeds = z
  .array(z.string().check(z.maxLength(64)))
  .check(z.maxLength(50))
  .register(z.globalRegistry, { pii: "sensitive" });

/** A plan was created; by which version of the planner, it has to say. */
export const planGenerated = {
  name: "plan_generated",
  version: 1,
  description: "A meal plan was created.",
  schema: wireEvent.extend({
    context: wireContext.extend({ policy_version_id: z.string().check(z.minLength(1)) }),
    payload: z.exactOptional(
      payloadOf({
        plan_id: z.exactOptional(id),
        meal_count: z.exactOptional(count),
        // Diets and allergies tell of health and belief: refused, unless the write key may send what is sensitive.
        dietary_needs: z.exactOptional(dietaryNeeds),
      }),
    ),
  }),
} satisfies ProjectEventType;

/** The user took a plan. */
export const planAccepted = {
  name: "plan_accepted",
  version: 1,
  description: "A user accepted a meal plan.",
  schema: wireEvent.extend({ payload: payloadOf({ plan_id: id }) }),
} satisfies ProjectEventType;

/** The user refused a plan, and why. */
export const planRejected = {
  name: "plan_rejected",
  version: 1,
  description: "A user rejected a meal plan.",
  schema: wireEvent.extend({
    payload: payloadOf({ plan_id: id, rejection_reason: z.string().check(z.minLength(1), z.maxLength(256)) }),
  }),
} satisfies ProjectEventType;
