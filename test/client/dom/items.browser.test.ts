import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { chromiumService } from "../../services/chromium.ts";
import { PATIENCE, startStage, type Stage } from "../stage/stage.ts";
import { bundleDom, itemsOf, openDomTab, type DomTab } from "./dom-stage.ts";

const chromium = await chromiumService();
let stage: Stage;
let script: string;
let surface: string;
let tab: DomTab;
let count = 0;

describe.skipIf("missing" in chromium)(`items by attribute${"missing" in chromium ? `: ${chromium.missing}` : ""}`, () => {
  beforeAll(async () => {
    [stage, script] = await Promise.all([startStage(), bundleDom()]);
  });
  afterAll(() => stage.close());
  beforeEach(async () => {
    surface = `dom.items.s${++count}`;
    tab = await openDomTab(stage, surface, script);
    return () => tab.page.context().close();
  });

  test("items are exposed under the server's request, at their places where no position is given", async () => {
    await tab.put(`<ol data-sl-surface="SURFACE" data-sl-request="from-the-server">
      <li data-sl-item="a">a</li><li data-sl-item="b" data-sl-position="7" data-sl-placement="p">b</li><li data-sl-item="c">c</li>
    </ol>`);
    await tab.start();
    const [exposure] = await stage.arrival(surface, 1);
    expect(exposure?.payload.request_id).toBe("from-the-server");
    expect(exposure?.payload.items).toEqual([
      { item_id: "a", position: 1, basis: "viewable" },
      { item_id: "b", position: 7, placement: "p", basis: "viewable" },
      { item_id: "c", position: 3, basis: "viewable" },
    ]);
    expect(tab.warnings).toEqual([]);
  });

  test("items that are added later are exposed, in the order that the document then has", async () => {
    await tab.start();
    await tab.put(`<ol data-sl-surface="SURFACE"><li data-sl-item="a">a</li></ol>`);
    await expect.poll(tab.exposed, PATIENCE).toEqual(["a at 1"]);
    await tab.page.evaluate(() => {
      document.querySelector("ol")!.insertAdjacentHTML("afterbegin", `<div><li data-sl-item="first">first</li></div>`);
    });
    await expect.poll(tab.exposed, PATIENCE).toEqual(["a at 1", "first at 1"]);
    expect(new Set(tab.exposures().map(({ payload }) => payload.request_id)).size).toBe(1);
  });

  test("a row that is recycled exposes its new item, and not the old one", async () => {
    await tab.put(`<ol data-sl-surface="SURFACE"><li data-sl-item="old" data-sl-position="1">row</li></ol>`);
    await tab.start();
    await tab.page.evaluate(() => {
      document.querySelector("li")!.dataset["slItem"] = "new";
      document.querySelector("li")!.dataset["slPosition"] = "41";
    });
    await tab.control();
    expect(tab.exposed()).toEqual(["new at 41", "later at 9"]);
  });

  test("a container that gets another response exposes the same item under both requests", async () => {
    await tab.put(`<ol data-sl-surface="SURFACE" data-sl-request="request-1"><li data-sl-item="a">a</li></ol>`);
    await tab.start();
    await expect.poll(tab.exposed, PATIENCE).toEqual(["a at 1"]);
    await tab.page.evaluate(() => {
      document.querySelector("ol")!.dataset["slRequest"] = "request-2";
    });
    await expect.poll(tab.exposed, PATIENCE).toEqual(["a at 1", "a at 1"]);
    expect(tab.exposures().map(({ payload }) => payload.request_id)).toEqual(["request-1", "request-2"]);
  });

  test("an item that is taken out, or loses its attribute, before its second is up is not exposed", async () => {
    await tab.put(`<ol data-sl-surface="SURFACE"><li data-sl-item="gone">gone</li><li data-sl-item="plain">plain</li></ol>`);
    await tab.start();
    await tab.page.evaluate(() => {
      const [gone, plain] = document.querySelectorAll("li");
      gone!.remove();
      delete plain!.dataset["slItem"];
    });
    await tab.control();
    expect(tab.exposed()).toEqual(["later at 9"]);
  });

  test("changes elsewhere in the page, at any rate, do not restart the second", async () => {
    await tab.put(`<ol data-sl-surface="SURFACE"><li data-sl-item="a">a</li></ol><p></p>`);
    await tab.start();
    await tab.page.evaluate(() => {
      let n = 0;
      setInterval(() => {
        document.querySelector("p")!.innerHTML = `<b>${++n}</b>`;
        document.querySelector("ol")!.dataset["slSurface"] = document.querySelector("ol")!.dataset["slSurface"]!;
      }, 50);
    });
    await expect.poll(tab.exposed, PATIENCE).toEqual(["a at 1"]);
  });

  test("items of a list that grows at its head all the time get their second, and the place that they have by then", async () => {
    await tab.put(`<ol data-sl-surface="SURFACE"><li data-sl-item="i0">i0</li></ol>`);
    await tab.start();
    await tab.page.evaluate(() => {
      let n = 0;
      setInterval(() => {
        document.querySelector("ol")!.insertAdjacentHTML("afterbegin", `<li data-sl-item="i${++n}">i${n}</li>`);
      }, 400);
    });
    await expect.poll(tab.exposed, PATIENCE).toHaveLength(3);
    // Each is as far down by then as items have come in its second.
    expect(tab.exposed()).toEqual([0, 1, 2].map((n) => expect.stringMatching(new RegExp(`^i${n} at [3-9]$`))));
  });

  test("an item belongs to the nearest surface", async () => {
    await tab.put(`<section data-sl-surface="SURFACE.page"><div data-sl-item="outer">outer</div>
      <div data-sl-surface="SURFACE"><div data-sl-item="inner">inner</div></div><div data-sl-item="last">last</div></section>`);
    await tab.start();
    await expect.poll(tab.exposed, PATIENCE).toEqual(["inner at 1"]);
    await expect.poll(() => itemsOf(stage.arrived(`${surface}.page`)), PATIENCE).toEqual(["outer at 1", "last at 2"]);
  });
});
