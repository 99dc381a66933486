/** The Back button. */
import { RUNS } from "../first-versions.ts";
import type { Scenario } from "../scenario.ts";
import { make } from "../scene.ts";
import { untilTrue } from "../../../services/engines/until-true.ts";

/** Within which what is recorded after Back has to be there, milliseconds. */
const BACK_MS = 5_000;

export const BACK: readonly Scenario[] = [
  {
    name: "back",
    promise:
      "5 outcomes after Back are delivered within 5 s, and flush() returns, though a request was answered while the page was away",
    first: RUNS,
    needs: ["back/forward cache"],
    async run(scene) {
      const [asked, away] = [Promise.withResolvers<void>(), Promise.withResolvers<undefined>()];
      scene.front.fault = () => {
        asked.resolve();
        return away.promise;
      };
      const tab = await scene.open();
      await make(tab, 3, "before");
      await tab.evaluate(() => {
        Object.assign(globalThis, { isKept: true });
        void tracker.flush();
      });
      await asked.promise;
      await tab.goto(`${scene.url}/next`);
      scene.front.fault = () => undefined;
      away.resolve(undefined);
      await untilTrue("an answer to all that was posted", async () => scene.front.answered === scene.front.requests.length);
      // What comes by the same way later has come.
      await tab.evaluate(() => fetch("/note").then(() => undefined));
      await tab.back();
      const since = performance.now();
      if (!(await tab.evaluate(() => "isKept" in globalThis))) throw new Error("expected a page from the back/forward cache");
      await make(tab, 5, "after");
      const flushed = tab.evaluate(async (ms) => {
        const late = new Promise<boolean>((resolve) => setTimeout(resolve, ms, false));
        return Promise.race([tracker.flush().then(() => true), late]);
      }, BACK_MS);
      const finding = await scene.delivery({ expected: 8, since, withinMs: BACK_MS });
      if (!(await flushed)) finding.problems.push(`flush() had not returned after ${BACK_MS} ms`);
      return finding;
    },
  },
];
