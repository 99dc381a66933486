/** Collectors and networks that fail for a while, under a page that stays or one that goes. */
import { KEEPS, RUNS } from "../first-versions.ts";
import type { Finding, Scenario } from "../scenario.ts";
import { beginOutage } from "../outage.ts";
import { make, statsOf, untilFailed, type Scene } from "../scene.ts";
import type { Tab } from "../../../services/engines/engine.ts";
import type { Fault } from "../../stage/front.ts";
import { untilTrue } from "../../../services/engines/until-true.ts";
import { NEXT_VISIT_MS } from "./leaving.ts";

/** Within which the queue has to be empty once the collector is well again, milliseconds. */
const AFTER_MS = 5_000;

/** Records outcomes in so many tabs as an outage begins, and waits for all of them after it. */
async function sitOut(scene: Scene, fault: Fault, outcomesOfTabs: readonly number[]): Promise<Finding> {
  const outage = beginOutage(scene.front, fault, scene.size.outageMs);
  const tabs: Tab[] = [];
  for (const _ of outcomesOfTabs) tabs.push(await scene.open());
  await Promise.all(tabs.map((tab, i) => make(tab, outcomesOfTabs[i]!, `tab${i}.`)));
  const since = await outage.over;
  const expected = outcomesOfTabs.reduce((sum, n) => sum + n, 0);
  return outage.count(await scene.delivery({ expected, since, withinMs: AFTER_MS }));
}

export const OUTAGES: readonly Scenario[] = [
  {
    name: "503",
    promise: "50 outcomes are delivered within 5 s of the end of an outage in which the collector answers 503",
    first: RUNS,
    isLong: true,
    run: (scene) => sitOut(scene, { status: 503 }, [50]),
  },
  {
    name: "destroyed",
    promise: "50 outcomes are delivered within 5 s of the end of an outage in which connections are destroyed",
    first: RUNS,
    run: (scene) => sitOut(scene, "cut", [50]),
  },
  {
    name: "offline-close",
    promise: "50 outcomes of a tab that is closed offline are delivered within 15 s of the next visit",
    first: KEEPS,
    async run(scene) {
      const tab = await scene.open();
      await scene.front.cutOff();
      await make(tab, 50);
      await untilFailed(tab);
      await tab.close();
      await scene.front.resume();
      await scene.open({ surface: "engines.next" });
      return scene.delivery({ expected: 50, withinMs: NEXT_VISIT_MS });
    },
  },
  {
    name: "two-tabs",
    promise: "40 outcomes of each of two tabs are delivered within 5 s of the end of an outage that both saw",
    first: RUNS,
    run: (scene) => sitOut(scene, { status: 503 }, [40, 40]),
  },
  {
    name: "answer-cut",
    promise: "where the answer is cut after the collector has taken the events, each is sent again once, and is one event",
    first: RUNS,
    async run(scene) {
      const cut: string[] = [];
      scene.front.fault = ({ batch }) => {
        if (cut.length > 0) return undefined;
        cut.push(...batch.events.map(({ event_id = "" }) => event_id));
        return "cut after";
      };
      const tab = await scene.open();
      await make(tab, 50);
      await untilTrue("no event that waits", async () => (await statsOf(tab)).queued === 0);
      const finding = await scene.delivery({ expected: 50, withinMs: AFTER_MS });
      if (finding.copies !== cut.length) {
        finding.problems.push(`${cut.length} were in the request that was cut, and ${finding.copies} were sent again`);
      }
      return finding;
    },
  },
];
