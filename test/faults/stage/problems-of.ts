import process from "node:process";
import { inject } from "vitest";
import { runScenario } from "../run-scenario.ts";
import { type Scenario, SHORT } from "../scenario.ts";

const kafka = inject("kafka");

/** The broker of the run; undefined where there is none. */
export const brokers = "brokers" in kafka ? kafka.brokers : undefined;

/** Why there is no broker; empty where there is one. */
export const noBroker = "missing" in kafka ? kafka.missing : "";

/** What is wrong after the scenario in its short form. Its random numbers are others each time; where anything is wrong it tells the seed. */
export async function problemsOf(scenario: Scenario): Promise<string[]> {
  const seed = Number(process.env["SIGHTLINE_FAULTS_SEED"] ?? Date.now() % 1_000_000);
  const { problems, counted } = await runScenario(scenario, { size: SHORT, seed, brokers, seconds: 150 });
  if (problems.length === 0) return [];
  return [...problems, JSON.stringify(counted), `npm run faults -- ${scenario.name} --short --seed ${seed}`];
}
