import { clientReport } from "./client-report.ts";
import { decision } from "./decision.ts";
import type { EventType } from "./event-type.ts";
import { exposure } from "./exposure.ts";
import { outcomes } from "./outcomes.ts";

/** Every registered type of event, by name. */
export const registry: ReadonlyMap<string, EventType> = new Map(
  [decision, exposure, ...outcomes, clientReport].map((type) => [type.name, type]),
);
