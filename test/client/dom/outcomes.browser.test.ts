import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { chromiumService } from "../../services/chromium.ts";
import { PATIENCE, startStage, type Stage } from "../stage/stage.ts";
import { bundleDom, openDomTab, type DomTab } from "./dom-stage.ts";

const chromium = await chromiumService();
let stage: Stage;
let script: string;
let surface: string;
let tab: DomTab;
let count = 0;

describe.skipIf("missing" in chromium)(`outcomes by attribute${"missing" in chromium ? `: ${chromium.missing}` : ""}`, () => {
  beforeAll(async () => {
    [stage, script] = await Promise.all([startStage(), bundleDom()]);
  });
  afterAll(() => stage.close());
  beforeEach(async () => {
    surface = `dom.outcomes.s${++count}`;
    tab = await openDomTab(stage, surface, script);
    return () => tab.page.context().close();
  });

  test("a click within an element records its outcome after the exposure that it proves, whatever the page does with the event", async () => {
    await tab.put(`<ol data-sl-surface="SURFACE">
      <li data-sl-item="a"><a href="/next" data-sl-outcome="click"><b>open</b></a></li>
      <li data-sl-item="b"><div data-sl-outcome="click"><button data-sl-outcome="add_to_cart">cart</button></div></li></ol>`);
    await tab.start();
    await tab.page.evaluate(() => {
      const room = document.querySelector("#room")!;
      room.addEventListener("click", (event) => (event.preventDefault(), event.stopImmediatePropagation()), true);
    });
    await tab.page.click("b");
    await tab.page.click("button");
    await tab.page.click("b", { button: "right" });
    await expect.poll(tab.outcomes, PATIENCE).toEqual(["click a at 1", "add_to_cart b at 2"]);
    expect(tab.exposures()[0]?.payload.items).toEqual([{ item_id: "a", position: 1, basis: "click" }]);
    await tab.control();
    expect(tab.outcomes()).toEqual(["click a at 1", "add_to_cart b at 2"]);
  });

  test("one act is one outcome: a click on a label, which goes on to its control; a key on a button or a summary", async () => {
    const items = `<ol data-sl-surface="SURFACE"><li data-sl-item="a" data-sl-outcome="click"><label><b>a</b><input type="checkbox"></label></li>
      <li data-sl-item="b" data-sl-outcome="like"><label for="own"><b>b</b></label><input id="own" type="checkbox"></li>
      <li data-sl-item="c" data-sl-outcome="add_to_cart"><button>c</button></li>
      <li data-sl-item="d" data-sl-outcome="click"><details><summary>d</summary>more</details></li></ol>`;
    await tab.put(items);
    await tab.start();
    for (const text of ["a", "b"]) await tab.page.click(`b:text-is("${text}")`);
    await tab.page.press("button", "Enter");
    await tab.page.press("button", "Space");
    await tab.page.press("summary", "Enter");
    await tab.page.click("summary");
    // The control alone, and again: an act each.
    await tab.page.click("label input");
    await tab.page.click("label input");
    const wanted = ["click a at 1", "like b at 2", "add_to_cart c at 3", "add_to_cart c at 3", "click d at 4", "click d at 4"];
    await expect.poll(tab.outcomes, PATIENCE).toEqual([...wanted, "click a at 1", "click a at 1"]);
    await tab.page.evaluate(
      (html) => {
        const room = document.querySelector("#room")!;
        room.innerHTML = "";
        const shadow = room.attachShadow({ mode: "open" });
        shadow.innerHTML = html;
        observe(tracker, shadow);
      },
      items.replaceAll("SURFACE", surface),
    );
    await tab.page.click("#room b >> nth=0");
    await tab.control();
    await expect.poll(tab.outcomes, PATIENCE).toHaveLength(9);
  });

  test("a page's own handlers record one click an act, and as many other outcomes as they say", async () => {
    await tab.put(`<div id="card"><div id="inner"><label><b>text</b><input type="checkbox"></label></div></div>`);
    await tab.page.evaluate(() => {
      const [card, inner] = ["#card", "#inner"].map((id) => document.querySelector(id)!);
      inner!.addEventListener("click", () => request.outcome("click", { itemId: "a" }));
      card!.addEventListener("click", () => {
        request.outcome("click", { itemId: "a" });
        for (const revenue of [20, 25]) request.outcome("purchase", { itemId: "a", metrics: { revenue } });
        tracker.track("like", { itemId: "b" });
        request.outcome("click", { itemId: "around" });
      });
    });
    await tab.page.click("b");
    const act = ["click a", "purchase a", "purchase a", "click around"];
    await expect.poll(tab.outcomes, PATIENCE).toEqual(act.map((text) => `${text} at undefined`));
    await tab.page.click("b");
    await tab.control();
    expect(tab.outcomes()).toEqual([...act, ...act].map((text) => `${text} at undefined`));
  });

  test("a middle click on a link, which opens it in a tab, records its outcome", async () => {
    await tab.put(
      `<ol data-sl-surface="SURFACE"><li data-sl-item="a" data-sl-outcome="click"><a href="/next">open</a> <i>text</i></li></ol>`,
    );
    await tab.start();
    await tab.page.click("i", { button: "middle" });
    await tab.page.click("a", { button: "middle" });
    await tab.control();
    await expect.poll(tab.outcomes, PATIENCE).toEqual(["click a at 1"]);
  });

  test("a form records its outcome on submit, and not on a click within it", async () => {
    await tab.put(`<div data-sl-surface="SURFACE"><div data-sl-item="a"><form data-sl-outcome="rating"><input name="stars" required>
      <button>rate</button></form></div></div>`);
    await tab.start();
    await tab.page.evaluate(() => addEventListener("submit", (event) => event.preventDefault()));
    await tab.page.click("button");
    await tab.page.fill("input", "5");
    await tab.page.click("button");
    await tab.control();
    await expect.poll(tab.outcomes, PATIENCE).toEqual(["rating a at 1"]);
  });

  test("a click in the task that recycled the row is the new item's", async () => {
    await tab.put(`<ol data-sl-surface="SURFACE"><li data-sl-item="old" data-sl-outcome="like">row</li></ol>`);
    await tab.start();
    await tab.page.evaluate(() => {
      const row = document.querySelector("li")!;
      row.dataset["slItem"] = "new";
      row.click();
    });
    await expect.poll(tab.outcomes, PATIENCE).toEqual(["like new at 1"]);
  });

  test("an outcome of an item outside of any surface goes to the exposure that led to it", async () => {
    await tab.page.evaluate(() => request.exposed([{ itemId: "a", position: 4 }]));
    await tab.put(`<main data-sl-item="a"><button data-sl-outcome="add_to_cart">cart</button></main>`);
    await tab.start();
    await tab.page.click("button");
    await expect.poll(tab.outcomes, PATIENCE).toEqual(["add_to_cart a at 4"]);
    expect(stage.arrived(surface)[1]?.payload.request_id).toBe(stage.arrived(surface)[0]?.payload.request_id);
  });

  test("an open shadow root is observed where it is given as root", async () => {
    await tab.page.evaluate((name) => {
      const shadow = document.querySelector("#room")!.attachShadow({ mode: "open" });
      shadow.innerHTML = `<ol data-sl-surface="${name}"><li data-sl-item="a" data-sl-outcome="like">a</li></ol>`;
      observe(tracker, shadow);
      observe(tracker);
    }, surface);
    await expect.poll(tab.exposed, PATIENCE).toEqual(["a at 1"]);
    await tab.page.click("#room li");
    await expect.poll(tab.outcomes, PATIENCE).toEqual(["like a at 1"]);
  });

  test("what is observed ends where it is asked to", async () => {
    await tab.put(`<ol data-sl-surface="SURFACE"><li data-sl-item="a" data-sl-outcome="like">a</li></ol>`);
    await tab.start();
    await tab.page.evaluate(() => unobserve());
    await tab.page.click("li");
    await tab.page.evaluate(() => document.querySelector("ol")!.insertAdjacentHTML("beforeend", `<li data-sl-item="b">b</li>`));
    await tab.control();
    expect(tab.exposed()).toEqual(["later at 9"]);
    expect(tab.outcomes()).toEqual([]);
  });

  test("a wrong attribute is told once, with what was expected, and takes nothing along", async () => {
    await tab.put(`<ol data-sl-surface="SURFACE" data-sl-request="short">
      <li data-sl-item="a" data-sl-position="0">a</li><li data-sl-item="b" data-sl-position="zero">b</li>
      <li data-sl-item="">c</li><li data-sl-item="d" data-sl-outcome="Click!">d</li></ol>
      <p data-sl-outcome="click">no item</p><div data-sl-surface="two words"><p data-sl-item="e">e</p></div>`);
    await tab.start();
    await tab.page.click("text=d");
    await tab.page.click("text=no item");
    await expect.poll(tab.exposed, PATIENCE).toEqual(["d at 4"]);
    const [request, position, item, ofSurface, outcome, ...rest] = tab.warnings;
    expect(request).toMatch(/data-sl-request: expected .+, got "short"/);
    expect(position).toMatch(/data-sl-position: expected .+, got "0"/);
    expect(item).toMatch(/data-sl-item: expected .+, got ""/);
    expect(ofSurface).toMatch(/data-sl-surface: expected .+, got "two words"/);
    expect(outcome).toMatch(/data-sl-outcome: expected .+, got "Click!"/);
    expect(rest).toEqual([]);
    expect(tab.outcomes()).toEqual([]);
  });
});
