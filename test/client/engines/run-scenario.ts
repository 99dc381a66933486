/** Runs one scenario in one engine. */
import type { Engine, EngineBrowser } from "../../services/engines/engine.ts";
import type { Way } from "../matrix/way.ts";
import type { Finding, Scenario, Size } from "./scenario.ts";
import { setScene } from "./scene.ts";

/** Where it is run. */
export interface Ground {
  engine: Engine;
  /** What all scenarios of an engine share, but for those that kill theirs. */
  browser: EngineBrowser;
  way: Way;
  size: Size;
}

/** Why the engine cannot run it here; undefined: it can. */
export function lacking({ needs = [] }: Scenario, engine: Engine): string | undefined {
  const ability = needs.find((one) => engine.cannot[one] !== undefined);
  return ability && `${ability}: ${engine.cannot[ability]}`;
}

/** Runs it in a scene of its own; rejects where it could not be carried through. */
export async function runScenario(scenario: Scenario, { engine, browser, way, size }: Ground): Promise<Finding> {
  const scene = await setScene(engine, browser, way, size);
  try {
    return await scenario.run(scene);
  } finally {
    await scene.end();
  }
}
