/** The types of events of a meal planner: an example of a project's own. wrangler.toml names this folder. */
import type { ProjectEventType } from "@sightline/worker/events";
import { editApplied, mealSwapped } from "./edits.ts";
import { pantryUpdated } from "./pantry.ts";
import { planAccepted, planGenerated, planRejected } from "./plans.ts";
import { validatorIntervention } from "./validator.ts";

/** Every type that the project registers. */
export const projectEvents: readonly ProjectEventType[] = [
  planGenerated,
  planAccepted,
  planRejected,
  mealSwapped,
  editApplied,
  validatorIntervention,
  pantryUpdated,
];
