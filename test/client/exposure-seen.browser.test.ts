import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { chromiumService } from "../services/chromium.ts";
import { openExposureTab, type ExposureTab } from "./exposure-tab.ts";
import { PATIENCE, startStage, type Stage } from "./stage/stage.ts";

const chromium = await chromiumService();
/** A picture of one pixel. */
const PICTURE = "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=";
let stage: Stage;
let tab: ExposureTab;
let count = 0;

/** Puts this into the page, and has its `[data-item]` elements observed. */
async function lay(html: string): Promise<void> {
  await tab.page.evaluate((own) => {
    document.querySelector("#room")!.innerHTML = own;
    for (const [i, element] of [...document.querySelectorAll<HTMLElement>("[data-item]")].entries()) {
      request.observe(element, { itemId: element.dataset["item"]!, position: i + 1 });
    }
  }, html);
}

/** An item with this style, and with this in it. */
const box = (name: string, style = "", inner = name): string =>
  `<div data-item="${name}" style="width:90px;height:30px;${style}">${inner}</div>`;

/** Milliseconds from a moment in the page to the exposure of an item. */
const since = (from: number, item: string): number => {
  const found = tab.exposures().find(({ payload }) => payload.items?.some(({ item_id }) => item_id === item));
  return Date.parse(found?.payload.timestamp ?? "") - from;
};

describe.skipIf("missing" in chromium)(`what can be seen${"missing" in chromium ? `: ${chromium.missing}` : ""}`, () => {
  beforeAll(async () => {
    stage = await startStage();
  });
  afterAll(() => stage.close());
  beforeEach(async () => {
    tab = await openExposureTab(stage, `exposure.seen${++count}`);
    return () => tab.page.context().close();
  });

  test("what is hidden by its style, or by that of what is around it or holds its content, is exposed from when it is shown", async () => {
    await lay(`${box("hidden", "visibility:hidden")}
      <div id="around" style="visibility:hidden">${box("inherited")}${box("visible again", "visibility:visible")}</div>
      <div style="visibility:collapse">${box("collapsed")}</div>
      ${box("hidden within", "", `<p style="visibility:hidden">text</p>`)}
      ${box("shown within", "visibility:hidden", `<p style="visibility:visible">text</p>`)}
      ${box("not laid out", "", `<p style="display:none">text</p>`)}
      ${box("skipped", "content-visibility:hidden")}
      <div style="content-visibility:hidden">${box("skipped around")}</div>`);
    await tab.becomes("shown within", "visible again");
    await tab.control();
    expect(tab.exposed().toSorted()).toEqual(["shown within", "visible again"]);
    const shownAt = await tab.page.evaluate(() => {
      for (const element of document.querySelectorAll<HTMLElement>("#room, #room *")) {
        if (element.style.visibility) element.style.visibility = "visible";
        element.style.contentVisibility = "visible";
        if (element.style.display === "none") element.style.display = "block";
      }
      return Date.now();
    });
    const later = ["collapsed", "hidden", "hidden within", "inherited", "not laid out", "skipped", "skipped around"];
    await tab.becomes("shown within", "visible again", ...later);
    for (const item of later) expect(since(shownAt, item)).toBeGreaterThanOrEqual(995);
  });

  test("of a card that flips only the side is exposed that is to the front, and the other once it was turned", async () => {
    const face = "position:absolute;backface-visibility:hidden";
    const card = (name: string, turned: string, inner: string): string =>
      `<div style="perspective:400px;height:40px;position:relative"><div class="card" data-turned="${turned}"
        style="transform-style:preserve-3d;position:relative;height:30px">${box(`${name} front`, face)}${inner}</div></div>`;
    await lay(`${card("y", "transform:rotateY(180deg)", box("y back", `${face};transform:rotateY(180deg)`))}
      ${card("x", "rotate:x 180deg", `<div style="${face};rotate:x 180deg"><div>${box("x back")}</div></div>`)}
      ${box("mirrored", "transform:scaleX(-1);backface-visibility:hidden")}
      ${box("no back", "transform:rotateY(180deg)")}`);
    await tab.becomes("mirrored", "no back", "x front", "y front");
    await tab.control();
    expect(tab.exposed()).toHaveLength(4);
    await tab.page.evaluate(() => {
      for (const element of document.querySelectorAll<HTMLElement>(".card")) element.style.cssText += element.dataset["turned"];
    });
    await tab.becomes("mirrored", "no back", "x back", "x front", "y back", "y front");
  });

  test("an item that is hidden for a while within its second restarts it", async () => {
    await lay(box("blinks"));
    const shownAt = await tab.page.evaluate(async () => {
      const { style } = document.querySelector<HTMLElement>("[data-item]")!;
      for (const [visibility, ms] of [
        ["visible", 300],
        ["hidden", 400],
      ] as const) {
        style.visibility = visibility;
        const until = (await new Promise<number>(requestAnimationFrame)) + ms;
        while ((await new Promise<number>(requestAnimationFrame)) < until);
      }
      style.visibility = "visible";
      return Date.now();
    });
    await tab.becomes("blinks");
    expect(since(shownAt, "blinks")).toBeGreaterThanOrEqual(995);
  });

  test("an item without a box of its own is exposed by the largest box within, also by one that comes later", async () => {
    await lay(`<div data-item="contents" style="display:contents"><i></i><p style="width:90px;height:30px">text</p></div>
      <div data-item="floats"><div style="float:left;width:90px;height:30px">text</div></div><br style="clear:both">
      <div data-item="nested" style="display:contents"><div style="display:contents">${box("card")}</div></div>
      <div data-item="later" style="display:contents"></div>
      <div data-item="replaced" style="display:contents"><p style="width:90px;height:30px" aria-busy="true">wait</p></div>
      <div data-item="below" style="display:contents"><p style="margin-top:1000px;width:90px;height:30px">text</p></div>
      <div style="height:0;overflow:hidden"><div data-item="cut" style="display:contents"><p>text</p></div></div>`);
    await tab.becomes("card", "contents", "floats", "nested");
    await tab.control();
    expect(tab.exposed()).toHaveLength(4);
    const filledAt = await tab.page.evaluate(() => {
      for (const name of ["later", "replaced"]) {
        document.querySelector(`[data-item=${name}]`)!.innerHTML = `<p style="width:90px;height:30px">text</p>`;
      }
      return Date.now();
    });
    await tab.becomes("card", "contents", "floats", "nested", "later", "replaced");
    for (const item of ["later", "replaced"]) expect(since(filledAt, item)).toBeGreaterThanOrEqual(995);
    await tab.page.evaluate(() => document.querySelector("[data-item=below]")!.firstElementChild!.scrollIntoView());
    await tab.becomes("card", "contents", "floats", "nested", "later", "replaced", "below");
  });

  test("what CSS and SVG draw is content: text and pictures of pseudo-elements, masks, shapes; and so is a box with a label", async () => {
    await lay(`<style>.text::before { content: "text" } .picture::after { content: ""; background: url(${PICTURE}) }
        .shimmer::before { content: ""; background: linear-gradient(#eee, #ccc) } .none::before { background: url(${PICTURE}) }</style>
      <div class="text">${box("inherits no pseudo", "", "")}</div>
      ${["text", "picture", "shimmer", "none"].map((name) => `<div class="${name}" data-item="${name}" style="width:90px;height:30px"></div>`).join("")}
      ${box("mask", `background:red;mask-image:url(${PICTURE})`, "")}
      <svg width="90" height="30"><g data-item="group"><rect data-item="shape" width="50" height="20" fill="red" /></g></svg>
      <button data-item="swatch" aria-label="Red" style="width:90px;height:30px;background:red"></button>`);
    await tab.becomes("text", "picture", "mask", "group", "shape", "swatch");
    await tab.control();
    expect(tab.exposed()).toHaveLength(6);
  });

  test("of 400 boxes without content the first is told of, once, and one timer looks at them all", async () => {
    await tab.page.evaluate(() => {
      const { setTimeout: real } = globalThis;
      document.title = "0";
      globalThis.setTimeout = ((...args: Parameters<typeof real>) => {
        document.title = `${Number(document.title) + 1}`;
        return real(...args);
      }) as typeof real;
    });
    await lay(
      Array.from(
        { length: 400 },
        (_, i) => `<i data-item="i${i}" style="float:left;width:9px;height:9px;background:red"></i>`,
      ).join(""),
    );
    const told = "nothing_to_see: [sightline] ";
    await expect.poll(() => tab.page.evaluate(() => errors), PATIENCE).toEqual([expect.stringContaining(`${told}exposure.seen`)]);
    expect(Number(await tab.page.title())).toBeLessThan(100);
    await tab.control();
    expect(tab.exposed()).toEqual([]);
    expect(await tab.page.evaluate(() => errors)).toHaveLength(1);
  });

  test("of a page that is pinched larger only what is in the visual viewport is exposed, and the rest once it was panned to", async () => {
    await tab.page.setViewportSize({ width: 600, height: 600 });
    const session = await tab.page.context().newCDPSession(tab.page);
    await session.send("Emulation.setPageScaleFactor", { pageScaleFactor: 4 });
    await tab.page.waitForFunction(() => visualViewport!.scale === 4);
    const names = await tab.page.evaluate(() => {
      const room = document.querySelector<HTMLElement>("#room")!;
      room.style.cssText = "position:fixed;inset:0";
      for (let i = 0; i < 24; i++) {
        const item = document.createElement("div");
        item.textContent = `i${i}`;
        item.style.cssText = `position:absolute;width:100px;height:100px;left:${(i % 6) * 100}px;top:${Math.floor(i / 6) * 100}px`;
        room.append(item);
        request.observe(item, { itemId: `i${i}`, position: i + 1 });
      }
      const { offsetLeft: x, offsetTop: y, width, height } = visualViewport!;
      return [...room.children].flatMap((item) => {
        const { left, top } = item.getBoundingClientRect();
        const [right, bottom] = [Math.min(left + 100, x + width), Math.min(top + 100, y + height)];
        const [wide, high] = [right - Math.max(left, x), bottom - Math.max(top, y)];
        return wide > 0 && high > 0 && wide * high >= 5_000 ? item.textContent! : [];
      });
    });
    await tab.becomes(...names);
    await expect
      .poll(() => tab.page.evaluate(() => request.items().filter(({ state }) => state === "rendered").length))
      .toBe(24 - names.length);
    expect(names.length).toBeGreaterThan(0);
    expect(names.length).toBeLessThan(6);
    await session.send("Emulation.setPageScaleFactor", { pageScaleFactor: 1 });
    await expect.poll(() => tab.exposed().length, PATIENCE).toBe(24);
  });
});
