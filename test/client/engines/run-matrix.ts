/** Runs scenarios in one engine, one after the other. */
import type { Engine, EngineName } from "../../services/engines/engine.ts";
import type { Way } from "../matrix/way.ts";
import { lacking, runScenario } from "./run-scenario.ts";
import type { Finding, Scenario, Size } from "./scenario.ts";

/** What came of one run of a scenario in an engine. */
export interface Row {
  engine: EngineName;
  version: string;
  scenario: string;
  run: number;
  /** Absent where it was skipped, or could not be carried through. */
  finding?: Finding;
  /** Why it was not run. */
  skipped?: string;
  /** What of the promise was broken. */
  problems: string[];
}

interface Run {
  engine: Engine;
  scenarios: readonly Scenario[];
  runs: number;
  way: Way;
  size: Size;
}

/** Gives each row as it comes. */
export async function* runMatrix({ engine, scenarios, runs, way, size }: Run): AsyncGenerator<Row> {
  const found = await engine.find();
  const { name } = engine;
  if ("missing" in found) {
    yield* scenarios.map((scenario) => rowOf(scenario, { skipped: found.missing }));
    return;
  }
  const browser = await engine.launch();
  try {
    for (const scenario of scenarios) {
      const skipped = lacking(scenario, engine);
      if (skipped !== undefined) yield rowOf(scenario, { version: found.version, skipped });
      else for (let run = 1; run <= runs; run++) yield await tryOnce(scenario, run);
    }
  } finally {
    await browser.close();
  }

  async function tryOnce(scenario: Scenario, run: number): Promise<Row> {
    const own = { version: "version" in found ? found.version : "", run };
    try {
      const finding = await runScenario(scenario, { engine, browser, way, size });
      return rowOf(scenario, { ...own, finding, problems: finding.problems });
    } catch (error) {
      return rowOf(scenario, { ...own, problems: [`it could not be carried through: ${(error as Error).message}`] });
    }
  }

  function rowOf(scenario: Scenario, more: Partial<Row>): Row {
    return { engine: name, version: "", scenario: scenario.name, run: 1, problems: [], ...more };
  }
}
