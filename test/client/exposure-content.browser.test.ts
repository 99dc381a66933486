import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { chromiumService } from "../services/chromium.ts";
import { exposureTab, openExposureTab, type ExposureTab } from "./exposure-tab.ts";
import { startStage, startTracker, type Stage } from "./stage/stage.ts";

const chromium = await chromiumService();
/** A picture of one pixel. */
const PICTURE = "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=";
let stage: Stage;
let tab: ExposureTab;
let surface: string;
let count = 0;

/** Puts a box of 200 by 50 pixels into the page, and has it observed. */
async function box(itemId: string, html: string, attributes: Record<string, string> = {}, tag = "div"): Promise<void> {
  await tab.page.evaluate(
    ([name, own, given, kind]) => {
      const element = document.createElement(kind);
      element.id = name;
      element.innerHTML = own;
      for (const [key, value] of Object.entries({ style: "", ...given })) element.setAttribute(key, value);
      element.style.cssText += ";display:block;width:200px;height:50px";
      document.querySelector("#room")!.append(element);
      request.observe(element, { itemId: name, position: 1 });
    },
    [itemId, html, attributes, tag] as const,
  );
}

describe.skipIf("missing" in chromium)(`exposures by content${"missing" in chromium ? `: ${chromium.missing}` : ""}`, () => {
  beforeAll(async () => {
    stage = await startStage();
  });
  afterAll(() => stage.close());
  beforeEach(async () => {
    surface = `exposure.content${++count}`;
    tab = await openExposureTab(stage, surface);
    return () => tab.page.context().close();
  });

  test("skeletons are not exposed: busy ones, empty boxes, and boxes with a gradient; their content is, from when it is there", async () => {
    const bar = `<div style="height:20px;background:linear-gradient(90deg,#eee,#ccc)"></div>`;
    await box("busy", "Loading", { "aria-busy": "true" });
    await box("empty", "<div><span> </span></div>", { style: "background:silver" });
    await box("gradient", bar + bar, { style: "background-image:linear-gradient(#eee,#ccc)" });
    await box("text", "text");
    await tab.becomes("text");
    await tab.control();
    expect(tab.exposed()).toEqual(["text"]);
    const filledAt = await tab.page.evaluate((src) => {
      document.querySelector("#busy")!.setAttribute("aria-busy", "false");
      document.querySelector("#empty span")!.textContent = "here";
      document.querySelector("#gradient")!.innerHTML = `<img alt="" src="${src}">`;
      return Date.now();
    }, PICTURE);
    await tab.becomes("text", "busy", "empty", "gradient");
    for (const { payload } of tab.exposures().slice(2)) {
      expect(Date.parse(payload.timestamp) - filledAt).toBeGreaterThanOrEqual(995);
    }
  });

  test("pictures, as elements or as the background, and media are content", async () => {
    await box("image", `<img alt="" src="${PICTURE}">`);
    await box("background", "", { style: `background-image:url(${PICTURE})` });
    await box("canvas", "<canvas></canvas>");
    await box("video", "<video></video>");
    await tab.becomes("image", "background", "canvas", "video");
    expect(new Set(tab.exposures().flatMap(({ payload }) => payload.items?.map(({ basis }) => basis)))).toEqual(
      new Set(["viewable"]),
    );
  });

  test("what shadow roots draw is content: of the element itself, of a custom element, and of one within the element", async () => {
    await tab.page.evaluate(() => {
      class OwnCard extends HTMLElement {
        constructor() {
          super();
          this.attachShadow({ mode: "closed" }).innerHTML = "<p>drawn</p>";
        }
      }
      customElements.define("own-card", OwnCard);
    });
    await box("custom", "", {}, "own-card");
    await box("holder", "<own-card></own-card>");
    await box("host", "");
    await tab.page.evaluate(() => {
      document.querySelector("#host")!.attachShadow({ mode: "open" }).innerHTML = "<p>drawn</p>";
    });
    await tab.becomes("custom", "holder", "host");
    expect(await tab.page.evaluate(() => request.items().map(({ state }) => state))).toEqual(["seen", "seen", "seen"]);
  });

  test("an element that waits for its content costs the same however often it was scrolled", async () => {
    await box("empty", "");
    const looks = await tab.page.evaluate(async () => {
      const style = globalThis.getComputedStyle;
      let calls = 0;
      globalThis.getComputedStyle = (...args) => {
        calls++;
        return style(...args);
      };
      const during = async (ms: number): Promise<number> => {
        const [before, until] = [calls, performance.now() + ms];
        while ((await new Promise<number>(requestAnimationFrame)) < until);
        return calls - before;
      };
      const still = await during(1_000);
      // In and out of the viewport's edge, a bit at each frame.
      for (let i = 0; i < 100; i++) {
        scrollTo(0, 80 + 40 * Math.abs(Math.sin(i)));
        await new Promise(requestAnimationFrame);
      }
      scrollTo(0, 0);
      return { still, after: await during(1_000) };
    });
    expect(looks.still).toBeGreaterThan(0);
    expect(looks.after).toBeLessThanOrEqual(looks.still * 2);
  });

  test("a closed tracker does not look for content any more", async () => {
    await box("empty", "");
    const looks = await tab.page.evaluate(async () => {
      const style = globalThis.getComputedStyle;
      const looked = Promise.withResolvers<void>();
      let calls = 0;
      globalThis.getComputedStyle = (...args) => {
        calls++;
        looked.resolve();
        return style(...args);
      };
      await looked.promise;
      await tracker.close();
      calls = 0;
      const until = performance.now() + 1_000;
      while ((await new Promise<number>(requestAnimationFrame)) < until);
      return calls;
    });
    expect(looks).toBe(0);
  });

  test("what lies on top or is transparent is told by trackVisibility alone", async () => {
    const cover = `<div style="position:fixed;inset:0;background:white"></div>`;
    await tab.page.evaluate((own) => document.querySelector("#room")!.insertAdjacentHTML("beforeend", own), cover);
    await box("covered", "covered");
    await box("faint", "faint", { style: "opacity:0" });
    await tab.becomes("covered", "faint");
    const strict = `${surface}.strict`;
    await startTracker(tab.page, stage.front.url, strict, { flushInterval: 50, viewability: { trackVisibility: true } });
    await box("covered again", "covered");
    await box("faint again", "faint", { style: "opacity:0;position:relative;z-index:1" });
    await box("on top", "on top", { style: "position:relative;z-index:1;background:white" });
    const { becomes } = exposureTab(stage, strict, tab.page);
    await becomes("on top");
    await tab.page.evaluate(() => document.querySelector("#room > [style*=inset]")!.remove());
    await becomes("on top", "covered again");
    expect(await tab.page.evaluate(() => request.items().map(({ itemId, state }) => `${itemId} ${state}`))).toContain(
      "faint again rendered",
    );
  });

  test("an element that is put elsewhere in the page restarts its second, and one that is taken out is not exposed", async () => {
    await box("gone", "gone");
    await box("moved", "moved");
    const movedAt = await tab.page.evaluate(async () => {
      const [gone, moved] = ["#gone", "#moved"].map((id) => document.querySelector(id)!);
      const until = performance.now() + 600;
      while ((await new Promise<number>(requestAnimationFrame)) < until);
      gone!.remove();
      moved!.remove();
      await new Promise(requestAnimationFrame);
      await new Promise(requestAnimationFrame);
      document.querySelector("#room")!.append(moved!);
      return Date.now();
    });
    await tab.becomes("moved");
    expect(Date.parse(tab.exposures()[0]?.payload.timestamp ?? "") - movedAt).toBeGreaterThanOrEqual(995);
    await tab.control();
    expect(tab.exposed()).toEqual(["moved"]);
  });
});
