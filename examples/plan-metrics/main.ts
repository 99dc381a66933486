/**
 * `. .sightline/env; npx node examples/plan-metrics/main.ts`: a backend that logs each plan that it generated, with the variant that was in force and what it took.
 * The types are those of examples/meal-planner.
 */
import process from "node:process";
import { createSender, type WireEvent } from "@sightline/client/server";

const { COLLECTOR = "", SERVER_KEY = "" } = process.env;
const sender = createSender({ endpoint: COLLECTOR, key: SERVER_KEY });

/** The two variants of an experiment, by whose planner they are. */
const EXPERIMENT = "6f1c2d3e-4a5b-4c6d-8e7f-90a1b2c3d4e5";
const VARIANTS = {
  "planner-1": "0b9f8e7d-6c5b-4a39-8877-665544332211",
  "planner-2": "1c0a9f8e-7d6c-4b5a-9988-776655443322",
};

interface Plan {
  id: string;
  userId: string;
  planner: keyof typeof VARIANTS;
  meals: string[];
  latencyMs: number;
  tokens: number;
}

function planGenerated({ id, userId, planner, meals, latencyMs, tokens }: Plan): WireEvent {
  return {
    event_id: `plan-${id}-generated`, // the same on a retry: one event
    event_type: "plan_generated",
    timestamp: new Date().toISOString(),
    unit_type: "user",
    unit_id: userId,
    experiments: [{ experiment_id: EXPERIMENT, variant_id: VARIANTS[planner] }],
    context: { policy_version_id: planner, app_version: "1.2.3", platform: "ios" },
    metrics: { latency_ms: latencyMs, token_count: tokens },
    payload: { plan_id: id, meal_count: meals.length },
  };
}

const plans: Plan[] = [
  { id: "plan-000001", userId: "u_1", planner: "planner-1", meals: ["soup", "pasta"], latencyMs: 450, tokens: 1_200 },
  { id: "plan-000002", userId: "u_2", planner: "planner-1", meals: ["curry"], latencyMs: 550, tokens: 900 },
  { id: "plan-000003", userId: "u_3", planner: "planner-2", meals: ["salad", "tart"], latencyMs: 210, tokens: 1_500 },
];
const { accepted, errors } = await sender.send(plans.map(planGenerated));
for (const { index, error } of errors) console.error(`plan ${plans[index]?.id} was refused: ${error}`);
console.log(`${accepted} accepted`);
