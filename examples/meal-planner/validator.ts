import { wireEvent, type ProjectEventType } from "@sightline/worker/events";
import { kind, payloadOf } from "./lib.ts";

/** The validator changed what the planner had made. */
export const validatorIntervention = {
  name: "validator_intervention",
  version: 1,
  description: "The validator changed a plan before the user saw it.",
  schema: wireEvent.extend({ payload: payloadOf({ intervention_type: kind }) }),
} satisfies ProjectEventType;
