import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { chromiumService } from "../../services/chromium.ts";
import { PATIENCE, startStage, type Stage } from "../stage/stage.ts";
import { bundleReact, openReactTab, VERSIONS, type ReactTab } from "./react-stage.ts";

const chromium = await chromiumService();
let count = 0;

describe.skipIf("missing" in chromium).each(VERSIONS)("useExposure in React $version", ({ version, alias }) => {
  let stage: Stage;
  let script: string;
  let tab: ReactTab;

  beforeAll(async () => {
    [stage, script] = await Promise.all([startStage(), bundleReact(alias)]);
  });
  afterAll(() => stage.close());
  beforeEach(async () => {
    tab = await openReactTab(stage, `react.exposure.s${++count}`, script);
    return tab.close;
  });

  test("a card that StrictMode mounts twice is exposed once", async () => {
    const running = await tab.page.evaluate(() => {
      const { StrictMode, createElement, Card } = kit;
      root.render(createElement(StrictMode, null, createElement(Card, { request, item: { itemId: "a", position: 1 } })));
      return kit.version;
    });
    expect(running).toMatch(new RegExp(`^${version}\\.`));
    await expect.poll(tab.exposed, PATIENCE).toEqual(["a"]);
    expect(tab.exposures()[0]?.payload.items).toEqual([{ item_id: "a", position: 1, basis: "viewable" }]);
    await tab.control("later");
    expect(tab.exposed()).toEqual(["a", "later"]);
  });

  test("a card that is unmounted and mounted again is exposed once", async () => {
    const show = (key: string): Promise<void> =>
      tab.page.evaluate((own) => {
        kit.flushSync(() => root.render(kit.createElement(kit.Card, { key: own, request, item: { itemId: "a", position: 1 } })));
      }, key);
    await show("first");
    await show("second");
    await expect.poll(tab.exposed, PATIENCE).toEqual(["a"]);
    await show("third");
    await tab.control("later");
    expect(tab.exposed()).toEqual(["a", "later"]);
  });

  test("a card that is unmounted before its second is up is not exposed", async () => {
    await tab.page.evaluate(() => {
      kit.flushSync(() => root.render(kit.createElement(kit.Card, { request, item: { itemId: "a", position: 1 } })));
      kit.flushSync(() => root.render(null));
    });
    await tab.control("later");
    expect(tab.exposed()).toEqual(["later"]);
  });

  test("a card that is rendered all the time, each time with a new object, position and score for its item, gets its second", async () => {
    await tab.page.evaluate(() => {
      let position = 0;
      setInterval(() => {
        const item = { itemId: "a", position: ++position, placement: "p", score: 1 / position };
        root.render(kit.createElement(kit.Card, { request, item }));
      }, 50);
    });
    await expect.poll(tab.exposed, PATIENCE).toEqual(["a"]);
  });

  test("a card that is given another item exposes that one, and not the one before", async () => {
    await tab.page.evaluate(() => {
      for (const itemId of ["old", "new"]) {
        kit.flushSync(() => root.render(kit.createElement(kit.Card, { request, item: { itemId, position: 1 } })));
      }
    });
    await tab.control("later");
    expect(tab.exposed()).toEqual(["new", "later"]);
  });

  test("a card without an item is not observed; with its item it is", async () => {
    const show = (itemId?: string): Promise<void> =>
      tab.page.evaluate((own) => {
        root.render(kit.createElement(kit.Card, { request, item: own === undefined ? own : { itemId: own, position: 1 } }));
      }, itemId);
    await show();
    await tab.control("other");
    expect(tab.exposed()).toEqual(["other"]);
    await show("a");
    await expect.poll(tab.exposed, PATIENCE).toEqual(["other", "a"]);
  });
});
