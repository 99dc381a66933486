import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Locator, Page } from "playwright-core";
import { chromiumService } from "../../services/chromium.ts";
import { sharedChromium, type SharedChromium } from "../../services/shared-chromium.ts";
import { PATIENCE } from "../stage/stage.ts";
import { startShopSite, type ShopSite } from "./shop-site.ts";

const service = await chromiumService();
let chromium: SharedChromium;
let site: ShopSite;
let page: Page;
/** What the console told, apart from the collector that is not to be had. */
let told: string[];

const panel = (): Locator => page.getByRole("complementary", { name: "Sightline debug overlay" });
const rows = (): Promise<string[]> =>
  panel().getByRole("list", { name: "The last 50 events" }).getByRole("listitem").allInnerTexts();
const legend = (): Promise<string[]> =>
  panel().getByRole("list", { name: "Items by state" }).getByRole("listitem").allInnerTexts();

/** Outlines that are shown: their label, and whether they lie over the element of that id. */
const outlines = (): Promise<{ label: string; over: string[] }[]> =>
  page.evaluate(() => {
    const root = document.querySelector("[data-sightline-overlay]")!.shadowRoot!;
    const places = new Map([...document.querySelectorAll(".card")].map((card) => [card.id, placeOf(card)]));
    return [...root.querySelectorAll<HTMLElement>(".box")]
      .filter((box) => box.checkVisibility())
      .map((box) => ({
        label: box.textContent ?? "",
        over: [...places].flatMap(([id, place]) => (place === placeOf(box) ? id : [])),
      }));
  });

/** Observes elements as items of the same name. */
const observe = (...ids: string[]): Promise<void> =>
  page.evaluate((names) => {
    for (const [at, id] of names.entries()) request.observe(document.getElementById(id)!, { itemId: id, position: at + 1 });
  }, ids);

describe.skipIf("missing" in service)(`the overlay${"missing" in service ? `: ${service.missing}` : ""}`, () => {
  beforeAll(async () => {
    [chromium, site] = await Promise.all([sharedChromium(), startShopSite()]);
  });
  afterAll(async () => {
    await chromium?.close();
    await site?.close();
  });
  beforeEach(async () => {
    told = [];
    page = await (await chromium.browser.newContext({ viewport: { width: 1100, height: 700 } })).newPage();
    page.on("console", (message) => !message.text().includes("503") && told.push(message.text()));
    page.on("pageerror", (error) => told.push(String(error)));
    await page.goto(site.url);
    // Nothing is seen by itself: the tests say when.
    await page.evaluate(() => start({ viewability: { ms: 3_600_000 } }));
    return async () => {
      await page.context().close();
      // Violations of the page's policy are told there too.
      if (told.length > 0) throw new Error(`the page complained: ${told.join("; ")}`);
    };
  });

  test("an item is outlined where its element is, by each state that it comes to", async () => {
    await observe("a");
    await expect.poll(outlines, PATIENCE).toEqual([{ label: "1 · a · rendered", over: ["a"] }]);
    await page.evaluate(() => request.exposed([{ itemId: "a", position: 1 }]));
    await expect.poll(outlines, PATIENCE).toEqual([{ label: "1 · a · seen", over: ["a"] }]);
    await page.evaluate(() => request.outcome("click", { itemId: "a" }));
    await expect.poll(outlines, PATIENCE).toEqual([{ label: "1 · a · acted", over: ["a"] }]);
    const states = await page.evaluate(() => notes.flatMap((note) => ("state" in note ? note.state : [])));
    expect(states).toEqual(["requested", "rendered", "seen", "acted"]);
  });

  test("an item below the overlay is seen as it would be without", async () => {
    await page.evaluate(() => {
      overlay.close();
      start();
    });
    await observe("a", "b");
    await expect
      .poll(async () => (await outlines()).map(({ label }) => label), PATIENCE)
      .toEqual(["1 · a · seen", "2 · b · seen"]);
    expect((await rows()).map((row) => row.split(/\n+/).slice(1))).toEqual([["exposure", "a, b", "V1StGXR8"]]);
  });

  test("each state has a colour and a line of its own, and the legend counts the items of each", async () => {
    await page.evaluate(() => {
      for (const [at, state] of (["requested", "rendered", "seen", "acted"] as const).entries()) {
        const element = document.querySelectorAll(".card")[at]!;
        overlay({ requestId: "r", item: { itemId: state, position: 1 }, state, element });
      }
      overlay({ requestId: "r", item: { itemId: "answered", position: 5 }, state: "requested", element: undefined });
    });
    await expect.poll(legend, PATIENCE).toEqual(["requested 2", "rendered 1", "seen 1", "acted 1"]);
    await expect.poll(async () => (await outlines()).length, PATIENCE).toBe(4);
    const looks = await page.evaluate(() => {
      const root = document.querySelector("[data-sightline-overlay]")!.shadowRoot!;
      return [[...root.querySelectorAll(".box")].map(lookOf), [...root.querySelectorAll("i")].map(lookOf)] as const;
    });
    expect(looks[0]).toEqual(looks[1]);
    expect(looks[0].map((look) => look.split(" ")[0])).toEqual(["dotted", "dashed", "solid", "double"]);
    expect(new Set(looks[0].map((look) => look.slice(look.indexOf(" ")))).size).toBe(4);
  });

  test("an outline follows its element: scrolled with the page, moved, or taken away", async () => {
    await observe("a", "below");
    await expect.poll(async () => (await outlines()).map(({ over }) => over), PATIENCE).toEqual([["a"]]);
    await page.evaluate(() => document.getElementById("below")!.scrollIntoView());
    await expect.poll(async () => (await outlines()).map(({ over }) => over), PATIENCE).toEqual([["below"]]);
    await page.evaluate(() => scrollTo(0, 10));
    await expect.poll(async () => (await outlines()).map(({ over }) => over), PATIENCE).toEqual([["a"]]);
    await page.evaluate(() => (document.getElementById("a")!.style.marginLeft = "77px"));
    await expect.poll(async () => (await outlines()).map(({ over }) => over), PATIENCE).toEqual([["a"]]);
    await page.evaluate(() => document.getElementById("a")!.remove());
    await expect.poll(outlines, PATIENCE).toEqual([]);
  });

  test("an outline ends where a scroller cuts its element off", async () => {
    await observe("s2", "s3");
    const scroller = await page.locator("#scroller").boundingBox();
    await page.evaluate(() => (document.querySelector("#scroller")!.scrollTop = 40));
    await expect.poll(async () => (await outlines()).map(({ over }) => over), PATIENCE).toEqual([["s2"]]);
    const cut = (): Promise<string> =>
      page.evaluate(() => {
        const box = document
          .querySelector("[data-sightline-overlay]")!
          .shadowRoot!.querySelector<HTMLElement>(".box:not([hidden])")!;
        return `${box.getBoundingClientRect().bottom - Number(box.style.clipPath.match(/[\d.]+/g)![2])}`;
      });
    await expect.poll(cut, PATIENCE).toBe(`${scroller!.y + scroller!.height}`);
  });

  test("a row that is recycled has the outline of its new item, and an item that moved to another row goes along", async () => {
    await observe("a");
    await expect.poll(async () => (await outlines()).length, PATIENCE).toBe(1);
    await page.evaluate(() => request.observe(document.getElementById("a")!, { itemId: "other", position: 9 }));
    await expect.poll(outlines, PATIENCE).toEqual([{ label: "9 · other · rendered", over: ["a"] }]);
    await page.evaluate(() => {
      overlay({
        requestId: request.id,
        item: { itemId: "other", position: 9 },
        state: "seen",
        element: document.getElementById("c")!,
      });
    });
    await expect.poll(outlines, PATIENCE).toEqual([{ label: "9 · other · seen", over: ["c"] }]);
  });

  test("the last 50 events are listed, the newest first, with time, type, items and the start of the request's id", async () => {
    await page.evaluate(() => {
      for (let at = 1; at <= 70; at++) tracker.track("add_to_cart", { itemId: `i${at}` });
      request.exposed([1, 2, 3, 4, 5].map((position) => ({ itemId: `<b>${position}</b>`, position })));
    });
    await expect.poll(async () => (await rows()).length, PATIENCE).toBe(50);
    const [newest, second, ...rest] = (await rows()).map((row) => row.split(/\n+/));
    expect(newest).toEqual([
      expect.stringMatching(/^\d\d:\d\d:\d\d\.\d{3}$/),
      "exposure",
      "<b>1</b>, <b>2</b>, <b>3</b> +2",
      "V1StGXR8",
    ]);
    expect(second?.slice(1, 3)).toEqual(["add_to_cart", "i70"]);
    expect(rest.at(-1)?.[2]).toBe("i22");
    expect(await panel().innerText()).toContain("71 events");
  });

  test("clicks outside of the panel go to the page, through the outlines; inside they open and close it", async () => {
    await observe("a");
    await expect.poll(async () => (await outlines()).length, PATIENCE).toBe(1);
    await page.evaluate(() => {
      globalThis.errors = [];
      document.body.addEventListener("click", (event) => errors.push((event.target as Element).id));
    });
    await page.mouse.click(25, 25);
    await page.mouse.click(120, 80);
    await page.mouse.click(900, 100);
    expect(await page.evaluate(() => errors)).toEqual(["a", "a", "cards"]);
    const list = panel().getByRole("list", { name: "Items by state" });
    await panel().getByText("Sightline").click();
    expect(await list.isVisible()).toBe(false);
    await page.keyboard.press("Enter");
    expect(await list.isVisible()).toBe(true);
    expect(await page.evaluate(() => errors.length)).toBe(3);
  });

  test("the page's own elements are not touched, and nothing is left once it is closed", async () => {
    const markup = (): Promise<string> => page.evaluate(() => document.body.outerHTML);
    const before = await markup();
    await observe("a", "s1");
    await expect.poll(async () => (await outlines()).length, PATIENCE).toBe(2);
    expect(await markup()).toBe(before);
    await panel().getByRole("button", { name: "Close the overlay" }).click();
    expect(await page.evaluate(() => document.documentElement.children.length)).toBe(2);
    await page.evaluate(() => {
      request.outcome("click", { itemId: "a" });
      overlay.close();
    });
    expect(await page.evaluate(() => document.documentElement.children.length)).toBe(2);
  });

  test("nothing is computed while no outline is in view", async () => {
    await observe("a");
    await expect.poll(async () => (await outlines()).length, PATIENCE).toBe(1);
    const frames = await page.evaluate(async () => {
      document.getElementById("below")!.scrollIntoView();
      const own = requestAnimationFrame;
      const frame = (): Promise<number> => new Promise((resolve) => own(resolve));
      // The observer tells within two frames that the card has left.
      for (let n = 0; n < 5; n++) await frame();
      let asked = 0;
      globalThis.requestAnimationFrame = (callback) => (asked++, own(callback));
      for (let n = 0; n < 5; n++) await frame();
      return asked;
    });
    expect(frames).toBe(0);
  });

  test("where it cannot be had it says so on the console, and takes nothing along", async () => {
    const answered = await page.evaluate(() => {
      overlay.close();
      Object.assign(globalThis, { CSSStyleSheet: undefined });
      const broken = openOverlay();
      broken({ event: {} });
      broken.close();
      return document.documentElement.children.length;
    });
    expect(answered).toBe(2);
    expect(told.splice(0)).toEqual([expect.stringContaining("[sightline] no overlay:")]);
  });
});
