import type { Scenario } from "../scenario.ts";
import { kills } from "./kills.ts";
import { zombie } from "./zombie.ts";

/** Every scenario, in the order of the report. */
export const SCENARIOS: readonly Scenario[] = [kills("local"), kills("kafka"), zombie];
