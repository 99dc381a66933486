/** The planner's types as its page records them: declared to the SDK by their schemas, of which no code gets into the page. */
import type { SightlineRequest, Tracker } from "@sightline/client";
import type { ProjectEventType } from "@sightline/worker/events";
import type * as z from "zod/mini";
import type { editApplied, mealSwapped } from "./edits.ts";
import type { planAccepted, planRejected } from "./plans.ts";

/** What a type of event requires in its payload. */
interface Fields<Type extends ProjectEventType> {
  payload: NonNullable<z.output<Type["schema"]>["payload"]>;
}

declare module "@sightline/client" {
  interface ProjectEvents {
    meal_swapped: Fields<typeof mealSwapped>;
    edit_applied: Fields<typeof editApplied>;
    plan_accepted: Fields<typeof planAccepted>;
    plan_rejected: Fields<typeof planRejected>;
  }
}

/** An outcome of an own type: it names an item of a request, and joins to that item's exposure. */
export function swapMeal(request: SightlineRequest, itemId: string, newMealId: string): void {
  request.outcome("meal_swapped", { itemId, payload: { meal_id: itemId, new_meal_id: newMealId } });
}

/** About a request as a whole: without an item there is nothing to join. */
export function acceptPlan(tracker: Tracker, request: SightlineRequest, planId: string): void {
  tracker.track("plan_accepted", { request, payload: { plan_id: planId } });
}
