/** Pages that are left right after their events. */
import { untilTrue } from "../../../services/engines/until-true.ts";
import { KEEPS, OUTLIVES, RUNS } from "../first-versions.ts";
import type { Finding, Scenario } from "../scenario.ts";
import { make, type Scene } from "../scene.ts";
import type { Tab } from "../../../services/engines/engine.ts";

/** Within which what a page posts as it goes has to be there, milliseconds. */
const LEFT_MS = 5_000;
/** Within which the next page has to deliver what an earlier one has left, milliseconds. */
export const NEXT_VISIT_MS = 15_000;

/** Events of a page whose tab is closed: what did not get out by itself goes with the next visit. */
async function closeAfter(scene: Scene, expected: number, act: (tab: Tab) => Promise<void>): Promise<Finding> {
  const tab = await scene.open();
  await act(tab);
  await tab.close();
  const alone = await scene.delivery({ expected, withinMs: LEFT_MS, graceMs: 0 });
  if (alone.delivered === expected) return alone;
  await scene.open({ surface: "engines.next" });
  return scene.delivery({ expected, withinMs: NEXT_VISIT_MS });
}

export const LEAVING: readonly Scenario[] = [
  {
    name: "outcomes",
    promise: "50 outcomes of a page that stays are delivered within 5 s",
    first: RUNS,
    isLong: true,
    async run(scene) {
      const tab = await scene.open();
      await make(tab, 50);
      return scene.delivery({ expected: 50, withinMs: 5_000 });
    },
  },
  {
    name: "click",
    promise: "a click that leads to the next page is delivered",
    first: OUTLIVES,
    async run(scene) {
      const tab = await scene.open();
      await leave(tab, 1);
      await scene.startTracker(tab, { surface: "engines.next" });
      return scene.delivery({ expected: 1, withinMs: LEFT_MS });
    },
  },
  {
    name: "navigation",
    promise: "37 outcomes right before a navigation are delivered, though the next page has no tracker",
    first: OUTLIVES,
    async run(scene) {
      const tab = await scene.open();
      await leave(tab, 37);
      return scene.delivery({ expected: 37, withinMs: LEFT_MS });
    },
  },
  {
    name: "close",
    promise: "37 outcomes right before the tab is closed are delivered",
    first: OUTLIVES,
    isLong: true,
    run: (scene) => closeAfter(scene, 37, (tab) => make(tab, 37)),
  },
  {
    name: "close-soon",
    promise: "3 outcomes right before the tab is closed are delivered",
    first: OUTLIVES,
    run: (scene) => closeAfter(scene, 3, (tab) => make(tab, 3)),
  },
  {
    name: "close-large",
    promise: "400 events of 300 bytes right before the tab is closed are delivered, with the next visit",
    first: KEEPS,
    run: (scene) =>
      closeAfter(scene, 400, (tab) =>
        tab.evaluate(() => {
          const payload = { text: "x".repeat(250) };
          for (let i = 1; i <= 400; i++) request.outcome("like", { itemId: `i${i}`, payload });
        }),
      ),
  },
];

/** Records clicks, and goes to the next page in the same task, as a link does; resolves when that has loaded. */
async function leave(tab: Tab, count: number): Promise<void> {
  const going = tab.evaluate((n) => {
    for (let i = 1; i <= n; i++) request.outcome("click", { itemId: `i${i}` });
    location.href = "/next";
  }, count);
  // The page may go before it has answered.
  await going.catch(() => {});
  await untilTrue("the next page", () => tab.evaluate(() => location.pathname === "/next" && document.readyState === "complete"));
}
