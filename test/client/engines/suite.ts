/** The scenarios as tests, in their short form: `npm run matrix` runs the long one. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startCollector } from "../../services/collector.ts";
import type { Engine, EngineBrowser } from "../../services/engines/engine.ts";
import { startWay, type Way } from "../matrix/way.ts";
import { lacking, runScenario } from "./run-scenario.ts";
import { type Finding, type Scenario, SHORT } from "./scenario.ts";
import { SCENARIOS } from "./scenarios/all.ts";

/** A test waits for its turn, milliseconds. */
const LONG_MS = 180_000;

/** Starts browsers of its own. */
const isOwn = ({ needs = [] }: Scenario): boolean => needs.includes("user data");

/** Runs them in one engine. Those that start browsers of their own run beside the others, which take turns in one: a tab has to be in front. */
export async function engineSuite(engine: Engine): Promise<void> {
  const found = await engine.find();
  let way: Way;
  let browser: EngineBrowser;
  let turn: Promise<unknown> = Promise.resolve();

  const run = (scenario: Scenario): Promise<Finding> => runScenario(scenario, { engine, browser, way, size: SHORT });
  const inTurn = (scenario: Scenario): Promise<Finding> => {
    const done = turn.then(() => run(scenario));
    turn = done.catch(() => {});
    return done;
  };

  describe.skipIf("missing" in found)(`${"missing" in found ? found.missing : found.version}`, () => {
    beforeAll(async () => {
      [way, browser] = await Promise.all([startWay(startCollector), engine.launch()]);
    });
    afterAll(async () => {
      await browser.close();
      await way.close();
    });

    describe.concurrent("each event is on the bus once", { timeout: LONG_MS }, () => {
      for (const scenario of SCENARIOS.filter(({ isLong }) => !isLong).toSorted((a, b) => Number(isOwn(b)) - Number(isOwn(a)))) {
        const reason = lacking(scenario, engine);
        const why = reason === undefined ? "" : ` (skipped: ${reason})`;
        test.skipIf(reason !== undefined)(`${scenario.promise}${why}`, async ({ annotate }) => {
          const { problems, ...figures } = await (isOwn(scenario) ? run : inTurn)(scenario);
          await annotate(JSON.stringify(figures));
          expect(problems).toEqual([]);
        });
      }
    });

    test("and after all of that none is there twice", () => {
      const ids = way.envelopes.map(({ id }) => id);
      expect(ids.length).toBeGreaterThan(0);
      expect(ids).toHaveLength(new Set(ids).size);
    });
  });
}
