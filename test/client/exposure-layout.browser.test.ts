import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { chromiumService } from "../services/chromium.ts";
import { openExposureTab, type ExposureTab } from "./exposure-tab.ts";
import { startSite } from "./stage/site.ts";
import { startStage, startTracker, type Stage } from "./stage/stage.ts";

const chromium = await chromiumService();
let stage: Stage;
let tab: ExposureTab;
let surface: string;
let count = 0;

/** Puts this into the page, and has its `[data-item]` elements observed. */
async function lay(html: string): Promise<void> {
  await tab.page.evaluate((own) => {
    document.querySelector("#room")!.innerHTML = own;
    for (const [i, element] of [...document.querySelectorAll<HTMLElement>("[data-item]")].entries()) {
      show(element, { itemId: element.dataset["item"]!, position: i + 1 });
    }
  }, html);
}

/** An item of which this part is above the lower edge of a viewport of 720 pixels. */
const at = (name: string, width: number, height: number, part: number, left: number): string =>
  `<div data-item="${name}" style="position:absolute;left:${left}px;top:${720 - height * part}px;` +
  `width:${width}px;height:${height}px">${name}</div>`;

describe.skipIf("missing" in chromium)(`exposures by layout${"missing" in chromium ? `: ${chromium.missing}` : ""}`, () => {
  beforeAll(async () => {
    stage = await startStage();
  });
  afterAll(() => stage.close());
  beforeEach(async () => {
    surface = `exposure.layout${++count}`;
    tab = await openExposureTab(stage, surface);
    return () => tab.page.context().close();
  });

  test("what an inner scroller hides is not exposed, until it is scrolled to", async () => {
    await lay(`<div id="scroller" style="width:300px;height:120px;overflow:auto">
      <div data-item="shown" style="height:100px">shown</div>
      <div data-item="cut" style="height:100px">cut</div>
      <div data-item="hidden" style="height:100px">hidden</div></div>
      <div style="width:100px;overflow:clip"><div data-item="clipped" style="margin-left:60px;width:100px">clipped</div></div>`);
    await tab.looked("shown");
    expect(await tab.agree()).toEqual(["shown"]);
    await tab.page.evaluate(() => document.querySelector("#scroller")!.scrollTo(0, 180));
    await tab.looked("hidden");
    expect((await tab.agree()).toSorted()).toEqual(["hidden", "shown"]);
  });

  test("an item that is larger than its scroller is exposed when it fills half of that, and not before", async () => {
    await lay(`<div style="width:200px;height:100px;overflow:auto"><div data-item="tall" style="height:1000px">tall</div></div>
      <div style="width:200px;height:100px;overflow:auto"><div data-item="wide" style="width:2000px;height:80px">wide</div></div>
      <div id="scroller" style="width:200px;height:100px;overflow:auto"><div style="height:80px"></div>
      <div data-item="later" style="height:1000px">later</div></div>`);
    await tab.looked("tall", "wide");
    expect(await tab.agree()).toEqual(["tall", "wide"]);
    await tab.page.evaluate(() => document.querySelector("#scroller")!.scrollTo(0, 60));
    await tab.looked("later");
    expect(await tab.agree()).toEqual(["tall", "wide", "later"]);
  });

  test("an item that is fixed to the viewport is not measured by a scroller that does not clip it", async () => {
    await lay(`<div style="width:50px;height:50px;overflow:hidden">
      <div id="sheet" style="position:fixed;left:0;bottom:-80px;width:200px;height:100px">sheet</div></div>`);
    await tab.page.evaluate(() => request.observe(document.querySelector("#sheet")!, { itemId: "sheet", position: 1 }));
    await tab.control();
    expect(tab.exposed()).toEqual([]);
    await tab.page.evaluate(() => (document.querySelector<HTMLElement>("#sheet")!.style.bottom = "0"));
    await tab.becomes("sheet");
  });

  test("30 % of a large item suffice, and are needed; half of another", async () => {
    await tab.page.setViewportSize({ width: 1280, height: 720 });
    await lay(
      at("large third", 500, 500, 0.33, 0) +
        at("large quarter", 500, 500, 0.25, 520) +
        at("small more", 100, 100, 0.55, 1040) +
        at("small third", 100, 100, 0.33, 1150),
    );
    await tab.looked("large third", "small more");
    expect((await tab.agree()).toSorted()).toEqual(["large third", "small more"]);
    expect(tab.exposed().toSorted()).toEqual(["large third", "small more"]);
  });

  test("an element taller than the viewport is exposed when it fills enough of it", async () => {
    await lay(`<div style="height:2000px"></div><div data-item="tall" style="width:300px;height:5000px">tall</div>`);
    await tab.page.evaluate(() => scrollTo(0, 1500));
    expect(await tab.agree()).toEqual([]);
    expect(tab.exposed()).toEqual([]);
    await tab.page.evaluate(() => scrollTo(0, 2500));
    await tab.looked("tall");
    expect(await tab.agree()).toEqual(["tall"]);
  });

  test("items in an open shadow root, and those slotted into one, are exposed as they are laid out there", async () => {
    await tab.page.evaluate(() => {
      const host = document.createElement("div");
      document.querySelector("#room")!.append(host);
      host.innerHTML = `<div id="slotted" style="height:50px">slotted</div><div id="cut" style="height:50px">cut</div>`;
      const root = host.attachShadow({ mode: "open" });
      root.innerHTML = `<div id="own" style="height:50px">own</div>
        <div id="scroller" style="height:60px;overflow:hidden"><slot></slot></div>`;
      show(root.querySelector("#own")!, { itemId: "own", position: 1 });
      show(host.querySelector("#slotted")!, { itemId: "slotted", position: 2 });
      show(host.querySelector("#cut")!, { itemId: "cut", position: 3 });
    });
    await tab.looked("own", "slotted");
    expect(await tab.agree()).toEqual(["own", "slotted"]);
    expect(tab.exposed().toSorted()).toEqual(["own", "slotted"]);
    await tab.page.evaluate(() => {
      document.querySelector("#room > div")!.shadowRoot!.querySelector("#scroller")!.scrollTo(0, 50);
    });
    await tab.looked("cut");
    expect(await tab.agree()).toEqual(["own", "slotted", "cut"]);
  });

  test("in a frame of another site only what the page itself shows of the frame is exposed", async () => {
    const other = await startSite();
    const address = other.url.replace("127.0.0.1", "localhost");
    await tab.page.evaluate((src) => {
      const room = document.querySelector("#room")!;
      room.innerHTML = `<div style="height:2000px"></div><iframe src="${src}/framed" width="300" height="150"></iframe>`;
    }, address);
    await expect.poll(() => tab.page.frames().find((one) => one.url().endsWith("/framed"))).toBeDefined();
    const frame = tab.page.frames().find((one) => one.url().endsWith("/framed"))!;
    await frame.waitForFunction(() => typeof createTracker === "function");
    await startTracker(frame, stage.front.url, surface, { flushInterval: 50 });
    await frame.evaluate(() => request.observe(document.querySelector("#top")!, { itemId: "framed", position: 1 }));
    await tab.control();
    expect(tab.exposed()).toEqual([]);
    await tab.page.evaluate(() => document.querySelector("iframe")!.scrollIntoView());
    await tab.becomes("framed");
    await other.close();
  });
});
