/** Every scenario, in the order of the table. */
import type { Scenario } from "../scenario.ts";
import { BACK } from "./back.ts";
import { EXPOSURES } from "./exposures.ts";
import { KILLS } from "./kills.ts";
import { LEAVING } from "./leaving.ts";
import { OUTAGES } from "./outages.ts";

export const SCENARIOS: readonly Scenario[] = [...LEAVING, ...OUTAGES, ...KILLS, ...BACK, ...EXPOSURES];
