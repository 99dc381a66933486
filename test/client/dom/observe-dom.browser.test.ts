import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Page } from "playwright-core";
import type { Envelope } from "../../../worker/src/envelope.ts";
import { chromiumService } from "../../services/chromium.ts";
import { PATIENCE, startStage, type Stage } from "../stage/stage.ts";
import { bundleScript } from "./bundle-script.ts";

const chromium = await chromiumService();
let stage: Stage;
let script: string;
let surface: string;
let page: Page;
let warnings: string[];
let count = 0;

const exposures = (): Envelope[] => stage.arrived(surface).filter(({ event_type }) => event_type === "exposure");

/** Item and position of what such events carry, in order. */
const itemsOf = (events: Envelope[]): string[] =>
  events.flatMap(({ payload }) => payload.items?.map(({ item_id, position }) => `${item_id} at ${position}`) ?? []);

const exposed = (): string[] => itemsOf(exposures());

/** Outcomes that have arrived: type, item and position. */
const outcomes = (): string[] =>
  stage
    .arrived(surface)
    .filter(({ event_type }) => event_type !== "exposure")
    .map(({ event_type, payload }) => `${event_type} ${payload.item_id} at ${payload.position}`);

/** Puts markup into the page; `SURFACE` in it is this test's surface. */
const put = (markup: string): Promise<void> =>
  page.evaluate(
    (html) => {
      document.querySelector("#room")!.innerHTML = html;
    },
    markup.replaceAll("SURFACE", surface),
  );

/** Waits for a fresh item in view to be exposed: what was due before it has been told by then. */
async function control(name = "later"): Promise<void> {
  await page.evaluate((itemId) => {
    const item = document.createElement("div");
    item.className = "item";
    item.textContent = itemId;
    item.style.cssText = "position:fixed;left:400px;top:0;pointer-events:none";
    document.body.append(item);
    request.observe(item, { itemId, position: 9 });
  }, name);
  await expect.poll(exposed, PATIENCE).toContain(`${name} at 9`);
}

/** Observes the whole document. */
const start = (): Promise<void> =>
  page.evaluate(() => {
    globalThis.unobserve = observe(tracker);
  });

describe.skipIf("missing" in chromium)(`attributes${"missing" in chromium ? `: ${chromium.missing}` : ""}`, () => {
  beforeAll(async () => {
    const bundling = bundleScript(fileURLToPath(new URL("page.ts", import.meta.url)));
    [stage, script] = await Promise.all([startStage(), bundling]);
  });
  afterAll(() => stage.close());
  beforeEach(async () => {
    surface = `dom.s${++count}`;
    page = await stage.openTab(await stage.newUser(), surface, { flushInterval: 50 });
    warnings = [];
    page.on("console", (message) => void warnings.push(message.text()));
    page.on("pageerror", (error) => void warnings.push(`thrown: ${error}`));
    await page.addScriptTag({ content: script });
    return () => page.context().close();
  });

  test("items are exposed under the server's request, at their places where no position is given", async () => {
    await put(`<ol data-sl-surface="SURFACE" data-sl-request="from-the-server">
      <li data-sl-item="a">a</li><li data-sl-item="b" data-sl-position="7" data-sl-placement="p">b</li><li data-sl-item="c">c</li>
    </ol>`);
    await start();
    const [exposure] = await stage.arrival(surface, 1);
    expect(exposure?.payload.request_id).toBe("from-the-server");
    expect(exposure?.payload.items).toEqual([
      { item_id: "a", position: 1, basis: "viewable" },
      { item_id: "b", position: 7, placement: "p", basis: "viewable" },
      { item_id: "c", position: 3, basis: "viewable" },
    ]);
    expect(warnings).toEqual([]);
  });

  test("items that are added later are exposed, in the order that the document then has", async () => {
    await start();
    await put(`<ol data-sl-surface="SURFACE"><li data-sl-item="a">a</li></ol>`);
    await expect.poll(exposed, PATIENCE).toEqual(["a at 1"]);
    await page.evaluate(() => {
      document.querySelector("ol")!.insertAdjacentHTML("afterbegin", `<div><li data-sl-item="first">first</li></div>`);
    });
    await expect.poll(exposed, PATIENCE).toEqual(["a at 1", "first at 1"]);
    expect(new Set(exposures().map(({ payload }) => payload.request_id)).size).toBe(1);
  });

  test("a row that is recycled exposes its new item, and not the old one", async () => {
    await put(`<ol data-sl-surface="SURFACE"><li data-sl-item="old" data-sl-position="1">row</li></ol>`);
    await start();
    await page.evaluate(() => {
      document.querySelector("li")!.dataset["slItem"] = "new";
      document.querySelector("li")!.dataset["slPosition"] = "41";
    });
    await control();
    expect(exposed()).toEqual(["new at 41", "later at 9"]);
  });

  test("a container that gets another answer exposes the same item under both requests", async () => {
    await put(`<ol data-sl-surface="SURFACE" data-sl-request="request-1"><li data-sl-item="a">a</li></ol>`);
    await start();
    await expect.poll(exposed, PATIENCE).toEqual(["a at 1"]);
    await page.evaluate(() => {
      document.querySelector("ol")!.dataset["slRequest"] = "request-2";
    });
    await expect.poll(exposed, PATIENCE).toEqual(["a at 1", "a at 1"]);
    expect(exposures().map(({ payload }) => payload.request_id)).toEqual(["request-1", "request-2"]);
  });

  test("an item that is taken out, or loses its attribute, before its second is up is not exposed", async () => {
    await put(`<ol data-sl-surface="SURFACE"><li data-sl-item="gone">gone</li><li data-sl-item="plain">plain</li></ol>`);
    await start();
    await page.evaluate(() => {
      const [gone, plain] = document.querySelectorAll("li");
      gone!.remove();
      delete plain!.dataset["slItem"];
    });
    await control();
    expect(exposed()).toEqual(["later at 9"]);
  });

  test("changes elsewhere in the page, at any rate, do not restart the second", async () => {
    await put(`<ol data-sl-surface="SURFACE"><li data-sl-item="a">a</li></ol><p></p>`);
    await start();
    await page.evaluate(() => {
      let n = 0;
      setInterval(() => {
        document.querySelector("p")!.innerHTML = `<b>${++n}</b>`;
        document.querySelector("ol")!.dataset["slSurface"] = document.querySelector("ol")!.dataset["slSurface"]!;
      }, 50);
    });
    await expect.poll(exposed, PATIENCE).toEqual(["a at 1"]);
  });

  test("an item belongs to the nearest surface", async () => {
    await put(`<section data-sl-surface="SURFACE.page"><div data-sl-item="outer">outer</div>
      <div data-sl-surface="SURFACE"><div data-sl-item="inner">inner</div></div><div data-sl-item="last">last</div></section>`);
    await start();
    await expect.poll(exposed, PATIENCE).toEqual(["inner at 1"]);
    await expect.poll(() => itemsOf(stage.arrived(`${surface}.page`)), PATIENCE).toEqual(["outer at 1", "last at 2"]);
  });

  test("a click within an element records its outcome after the exposure that it proves, whatever the page does with the event", async () => {
    await put(`<ol data-sl-surface="SURFACE">
      <li data-sl-item="a"><a href="/next" data-sl-outcome="click"><b>open</b></a></li>
      <li data-sl-item="b"><div data-sl-outcome="click"><button data-sl-outcome="add_to_cart">cart</button></div></li></ol>`);
    await start();
    await page.evaluate(() => {
      const room = document.querySelector("#room")!;
      room.addEventListener("click", (event) => (event.preventDefault(), event.stopImmediatePropagation()), true);
    });
    await page.click("b");
    await page.click("button");
    await page.click("b", { button: "right" });
    await expect.poll(outcomes, PATIENCE).toEqual(["click a at 1", "add_to_cart b at 2"]);
    expect(exposures()[0]?.payload.items).toEqual([{ item_id: "a", position: 1, basis: "click" }]);
    await control();
    expect(outcomes()).toEqual(["click a at 1", "add_to_cart b at 2"]);
  });

  test("a middle click on a link, which opens it in a tab, records its outcome", async () => {
    await put(
      `<ol data-sl-surface="SURFACE"><li data-sl-item="a" data-sl-outcome="click"><a href="/next">open</a> <i>text</i></li></ol>`,
    );
    await start();
    await page.click("i", { button: "middle" });
    await page.click("a", { button: "middle" });
    await control();
    await expect.poll(outcomes, PATIENCE).toEqual(["click a at 1"]);
  });

  test("a form records its outcome on submit, and not on a click within it", async () => {
    await put(`<div data-sl-surface="SURFACE"><div data-sl-item="a"><form data-sl-outcome="rating"><input name="stars" required>
      <button>rate</button></form></div></div>`);
    await start();
    await page.evaluate(() => addEventListener("submit", (event) => event.preventDefault()));
    await page.click("button");
    await page.fill("input", "5");
    await page.click("button");
    await control();
    await expect.poll(outcomes, PATIENCE).toEqual(["rating a at 1"]);
  });

  test("a click in the task that recycled the row is the new item's", async () => {
    await put(`<ol data-sl-surface="SURFACE"><li data-sl-item="old" data-sl-outcome="like">row</li></ol>`);
    await start();
    await page.evaluate(() => {
      const row = document.querySelector("li")!;
      row.dataset["slItem"] = "new";
      row.click();
    });
    await expect.poll(outcomes, PATIENCE).toEqual(["like new at 1"]);
  });

  test("an outcome of an item outside of any surface goes to the exposure that led to it", async () => {
    await page.evaluate(() => request.exposed([{ itemId: "a", position: 4 }]));
    await put(`<main data-sl-item="a"><button data-sl-outcome="add_to_cart">cart</button></main>`);
    await start();
    await page.click("button");
    await expect.poll(outcomes, PATIENCE).toEqual(["add_to_cart a at 4"]);
    expect(stage.arrived(surface)[1]?.payload.request_id).toBe(stage.arrived(surface)[0]?.payload.request_id);
  });

  test("an open shadow root is observed where it is given as root", async () => {
    await page.evaluate((name) => {
      const shadow = document.querySelector("#room")!.attachShadow({ mode: "open" });
      shadow.innerHTML = `<ol data-sl-surface="${name}"><li data-sl-item="a" data-sl-outcome="like">a</li></ol>`;
      observe(tracker, shadow);
      observe(tracker);
    }, surface);
    await expect.poll(exposed, PATIENCE).toEqual(["a at 1"]);
    await page.click("#room li");
    await expect.poll(outcomes, PATIENCE).toEqual(["like a at 1"]);
  });

  test("what is observed ends where it is asked to", async () => {
    await put(`<ol data-sl-surface="SURFACE"><li data-sl-item="a" data-sl-outcome="like">a</li></ol>`);
    await start();
    await page.evaluate(() => unobserve());
    await page.click("li");
    await page.evaluate(() => document.querySelector("ol")!.insertAdjacentHTML("beforeend", `<li data-sl-item="b">b</li>`));
    await control();
    expect(exposed()).toEqual(["later at 9"]);
    expect(outcomes()).toEqual([]);
  });

  test("a wrong attribute is told once, with what was expected, and takes nothing along", async () => {
    await put(`<ol data-sl-surface="SURFACE" data-sl-request="short">
      <li data-sl-item="a" data-sl-position="0">a</li><li data-sl-item="b" data-sl-position="zero">b</li>
      <li data-sl-item="">c</li><li data-sl-item="d" data-sl-outcome="Click!">d</li></ol>
      <p data-sl-outcome="click">no item</p><div data-sl-surface="two words"><p data-sl-item="e">e</p></div>`);
    await start();
    await page.click("text=d");
    await page.click("text=no item");
    await expect.poll(exposed, PATIENCE).toEqual(["d at 4"]);
    const [request, position, item, ofSurface, outcome, ...rest] = warnings;
    expect(request).toMatch(/data-sl-request: .+ was expected, got "short"/);
    expect(position).toMatch(/data-sl-position: .+ was expected, got "0"/);
    expect(item).toMatch(/data-sl-item: .+ was expected, got ""/);
    expect(ofSurface).toMatch(/data-sl-surface: .+ was expected, got "two words"/);
    expect(outcome).toMatch(/data-sl-outcome: .+ was expected, got "Click!"/);
    expect(rest).toEqual([]);
    expect(outcomes()).toEqual([]);
  });
});
