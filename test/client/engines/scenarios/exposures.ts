/** What is seen in each engine: the SDK beside the recorder. */
import { RUNS } from "../first-versions.ts";
import type { Envelope } from "../../../../worker/src/envelope/envelope.ts";
import type { Tab } from "../../../services/engines/engine.ts";
import { untilTrue } from "../../../services/engines/until-true.ts";
import { recordViews } from "../../exposure-recorder.ts";
import type { Scenario } from "../scenario.ts";
import { make, type Scene } from "../scene.ts";

/** Longer than the second that makes an exposure, milliseconds. */
const LONG_MS = 1_500;
/** Seen for so long it is surely an exposure; seen for less than the other surely none. Milliseconds. */
const [SURE, GLANCE] = [1_100, 900];
/** Within which an exposure is there, milliseconds. */
const EXPOSED_MS = 10_000;

/** Boxes by name, with their style and with that of a box around each. 33.3 px are no whole pixels on any screen. */
const BOXES: Record<string, [own: string, around?: string]> = {
  viewable: ["width:90px;height:30px"],
  "half at the edge": ["position:fixed;left:0;top:calc(100vh - 16.65px);width:90px;height:33.3px"],
  "half cut off": ["width:90px;height:33.3px", "height:16.65px;overflow:hidden"],
  "less than half": ["position:fixed;left:200px;top:calc(100vh - 13.3px);width:90px;height:33.3px"],
  below: ["position:absolute;top:3000px;width:90px;height:30px"],
  "scrolled away": ["position:absolute;top:0;right:0;width:90px;height:30px"],
};

/** Which must be exposed; of the halves the recorder knows by its own rounding alone. */
const SEEN = ["viewable", "half at the edge", "half cut off"];

/** Puts boxes into the page, and has them observed and recorded. */
async function lay(tab: Tab, boxes: Record<string, [own: string, around?: string]>): Promise<void> {
  await tab.evaluate((all) => {
    for (const [position, [name, [own, around = ""]]] of Object.entries(all).entries()) {
      const [outer, inner] = [document.createElement("div"), document.createElement("div")];
      outer.style.cssText = around;
      inner.style.cssText = own;
      inner.textContent = inner.id = name;
      outer.append(inner);
      document.querySelector("#room")!.append(outer);
      watchView(inner, name);
      request.observe(inner, { itemId: name, position: position + 1 });
    }
  }, boxes);
}

/** A tab with a tracker, and with the recorder in it. */
async function openRecorded(scene: Scene): Promise<Tab> {
  const tab = await scene.open({ flushInterval: 50 });
  await tab.evaluate(recordViews);
  return tab;
}

const itemsOf = (envelopes: Envelope[]): string[] =>
  envelopes.flatMap(({ payload, event_type }) =>
    event_type === "exposure" ? (payload.items?.map(({ item_id }) => item_id) ?? []) : [],
  );

/** Resolves in the page's own time. */
const pass = (tab: Tab, ms: number): Promise<void> =>
  tab.evaluate((span) => new Promise<void>((resolve) => setTimeout(resolve, span)), ms);

export const EXPOSURES: readonly Scenario[] = [
  {
    name: "exposures",
    promise:
      "what was seen is exposed, as an independent recorder saw it: half of 33.3 px is half, and what was scrolled away is not seen",
    first: RUNS,
    async run(scene) {
      const tab = await openRecorded(scene);
      const since = performance.now();
      await lay(tab, BOXES);
      await pass(tab, 500);
      await tab.evaluate(() => void (document.querySelector<HTMLElement>("[id='scrolled away']")!.style.top = "3000px"));
      await untilTrue("the exposures", async () => SEEN.every((name) => itemsOf(scene.onBus()).includes(name)), EXPOSED_MS).catch(
        () => {},
      );
      const took = Math.round(performance.now() - since);
      await pass(tab, LONG_MS);
      // What was due before it has been told by then.
      await make(tab, 1, "control");
      await untilTrue("the control", async () => scene.onBus().some(({ payload }) => payload.item_id === "control1"));
      const longest = Object.entries(await tab.evaluate(() => views()));
      const exposed = itemsOf(scene.onBus());
      const sure = new Set([...SEEN, ...longest.flatMap(([name, ms]) => (ms >= SURE ? [name] : []))]);
      const wrong = longest.filter(([name, ms]) => ms < GLANCE && !SEEN.includes(name) && exposed.includes(name));
      const missed = [...sure].filter((name) => !exposed.includes(name));
      const finding = await scene.delivery({ expected: scene.onBus().length, withinMs: EXPOSED_MS });
      const problems = [
        ...missed.map((name) => `"${name}" was seen, and not exposed`),
        ...wrong.map(([name, ms]) => `"${name}" was exposed, and seen for ${Math.round(ms)} ms`),
        ...(exposed.length > new Set(exposed).size ? ["an item was exposed twice"] : []),
      ];
      return {
        ...finding,
        expected: sure.size,
        delivered: sure.size - missed.length,
        ms: took,
        problems: [...finding.problems, ...problems],
      };
    },
  },
  {
    name: "hidden-tab",
    promise: "what is in view of a hidden tab is exposed only when the tab is in front again",
    first: RUNS,
    async run(scene) {
      const tab = await openRecorded(scene);
      const other = await scene.browser.newTab();
      await untilTrue("a hidden tab", () => tab.evaluate(() => document.visibilityState === "hidden"));
      await lay(tab, { hidden: ["width:90px;height:30px"] });
      await pass(tab, LONG_MS);
      const shownAt = await tab.evaluate(() => Date.now());
      await tab.inFront();
      const finding = await scene.delivery({ expected: 1, withinMs: EXPOSED_MS });
      const [exposure] = scene.onBus();
      const early = Date.parse(exposure?.payload.timestamp ?? "") - shownAt < GLANCE;
      if (early) finding.problems.push("it was exposed before it had been in view for a second");
      await other.close();
      return finding;
    },
  },
  {
    name: "background",
    promise: "a tab that was opened in the background and never shown exposes nothing",
    first: RUNS,
    needs: ["background tab"],
    async run(scene) {
      const tab = await scene.browser.newTab({ inBackground: true });
      await tab.goto(scene.url);
      await tab.evaluate(recordViews);
      await scene.startTracker(tab, { flushInterval: 50 });
      await lay(tab, { viewable: ["width:90px;height:30px"] });
      await pass(tab, LONG_MS);
      await make(tab, 1, "control");
      // An exposure would have gone before it.
      const finding = await scene.delivery({ expected: 1, withinMs: EXPOSED_MS });
      await tab.close();
      return finding;
    },
  },
];
