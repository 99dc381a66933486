import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { chromiumService } from "../services/chromium.ts";
import { exposureTab, openExposureTab, type ExposureTab } from "./exposure-tab.ts";
import { bundleReact } from "./react/react-stage.ts";
import { PATIENCE, startStage, startTracker, type Stage } from "./stage/stage.ts";

const chromium = await chromiumService();
let stage: Stage;
let tab: ExposureTab;
let surface: string;
let count = 0;

declare global {
  /** When a row was given its new item. */
  var recycledAt: number;
}

/** A list of 1,000 rows of 40 pixels in a scroller of 400, drawn with 12 elements that are used again and again. */
async function makeList(): Promise<void> {
  await tab.page.evaluate(() => {
    document.querySelector("#room")!.innerHTML = `<div id="list" style="height:400px;overflow:auto"><div
      style="position:relative;height:40000px"></div></div>`;
    const list = document.querySelector("#list")!;
    const rows = Array.from({ length: 12 }, () => {
      const row = document.createElement("div");
      row.style.cssText = "position:absolute;width:300px;height:40px";
      list.firstElementChild!.append(row);
      return row;
    });
    const draw = (): void => {
      const first = Math.min(Math.floor(list.scrollTop / 40), 988);
      for (let n = first; n < first + rows.length; n++) {
        const row = rows[n % rows.length]!;
        const itemId = `row ${n}`;
        if (row.textContent === itemId) continue;
        row.textContent = itemId;
        row.style.top = `${n * 40}px`;
        show(row, { itemId, position: n + 1 });
      }
    };
    list.addEventListener("scroll", draw);
    draw();
  });
}

/** Scrolls the list to a place, a bit at each frame, and looks at it for a while. */
async function scrollList(to: number, ms: number): Promise<void> {
  await tab.page.evaluate(
    async ([end, stay]) => {
      const list = document.querySelector("#list")!;
      const way = Math.sign(end - list.scrollTop) * 310;
      while (Math.abs(end - list.scrollTop) > Math.abs(way)) {
        list.scrollTop += way;
        await new Promise(requestAnimationFrame);
      }
      list.scrollTop = end;
      const until = (await new Promise<number>(requestAnimationFrame)) + stay;
      while ((await new Promise<number>(requestAnimationFrame)) < until);
    },
    [to, ms] as const,
  );
}

const rows = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, i) => `row ${from + i}`);

describe.skipIf("missing" in chromium)(`exposures of lists${"missing" in chromium ? `: ${chromium.missing}` : ""}`, () => {
  beforeAll(async () => {
    stage = await startStage();
  });
  afterAll(() => stage.close());
  beforeEach(async () => {
    surface = `exposure.lists${++count}`;
    tab = await openExposureTab(stage, surface);
    return () => tab.page.context().close();
  });

  test("of a virtualised list of 1,000 rows what was looked at is exposed, row by row, once, and no row that flew past", async () => {
    await makeList();
    await scrollList(0, 1_300);
    await scrollList(8_000, 1_300);
    await scrollList(16_000, 400);
    await scrollList(39_600, 1_300);
    await scrollList(0, 1_300);
    await tab.agree();
    const positions = tab.exposures().flatMap(({ payload }) => payload.items?.map((item) => `${item.item_id} ${item.position}`));
    expect(positions).toEqual(expect.arrayContaining(["row 0 1", "row 205 206", "row 999 1000"]));
    expect(tab.exposed().toSorted()).toEqual([...rows(0, 10), ...rows(200, 210), ...rows(990, 1000)].toSorted());
  });

  test("a recycled row that shows again what was seen already exposes nothing, and not what it showed in between either", async () => {
    await tab.page.evaluate(() => request.observe(document.querySelector("#top")!, { itemId: "seen", position: 1 }));
    await tab.becomes("seen");
    await tab.page.evaluate(() => {
      request.observe(document.querySelector("#top")!, { itemId: "between", position: 2 });
      request.observe(document.querySelector("#top")!, { itemId: "seen", position: 1 });
    });
    await tab.control();
    expect(tab.exposed()).toEqual(["seen"]);
  });

  test("what the browser measured of a recycled row before is not counted for its new item", async () => {
    await tab.page.evaluate(async () => {
      const row = document.querySelector("#top")!;
      request.observe(row, { itemId: "old", position: 1 });
      await new Promise(requestAnimationFrame);
      // A task that stands before the one that tells of this frame, and in which the page is busy for longer than a second.
      const { port1, port2 } = new MessageChannel();
      const recycled = new Promise<void>((resolve) => {
        port1.addEventListener("message", () => {
          const until = performance.now() + 1_200;
          while (performance.now() < until);
          row.textContent = "new";
          request.observe(row, { itemId: "new", position: 1 });
          globalThis.recycledAt = Date.now();
          resolve();
        });
        port1.start();
      });
      row.remove();
      await new Promise(requestAnimationFrame);
      document.body.prepend(row);
      port2.postMessage("");
      await recycled;
    });
    await tab.becomes("new");
    const [exposure] = tab.exposures();
    const recycledAt = await tab.page.evaluate(() => globalThis.recycledAt);
    expect(Date.parse(exposure?.payload.timestamp ?? "") - recycledAt).toBeGreaterThanOrEqual(995);
  });

  test("an item whose position and score change gets its second, and is logged with the last; in another placement it starts again", async () => {
    const { since, last } = await tab.page.evaluate(async () => {
      const row = document.querySelector("#top")!;
      const seen = Promise.withResolvers<void>();
      let stop: (() => void) | undefined;
      let position = 0;
      let placement = "p1";
      const change = (): void => {
        stop?.();
        stop = request.observe(row, { itemId: "a", position: ++position, score: position / 2, placement });
        if (request.items().some(({ state }) => state === "seen")) seen.resolve();
      };
      const changing = setInterval(change, 50);
      await new Promise((resolve) => setTimeout(resolve, 500));
      placement = "p2";
      change();
      const moved = Date.now();
      await seen.promise;
      clearInterval(changing);
      return { since: moved, last: position };
    });
    await tab.becomes("a");
    const [exposure] = tab.exposures();
    const [item] = exposure?.payload.items ?? [];
    expect(item).toMatchObject({ placement: "p2", score: item!.position / 2 });
    // It changed once more when it was seen already.
    expect(item!.position).toBe(last - 1);
    expect(Date.parse(exposure!.payload.timestamp) - since).toBeGreaterThanOrEqual(995);
  });

  test("under StrictMode, and remounted again and again, a list's cards are exposed as the recorder saw them", async () => {
    await tab.page.addScriptTag({ content: await bundleReact({}) });
    await tab.page.evaluate(() => {
      const { createElement, createRoot, StrictMode, useCallback, useExposure } = kit;
      const Card = ({ name, position }: { name: string; position: number }): ReturnType<typeof createElement> => {
        const exposure = useExposure(request, { itemId: name, position });
        const ref = useCallback(
          (element: HTMLElement | null) => {
            if (element) watchView(element, name);
            return exposure(element);
          },
          [exposure, name],
        );
        return createElement("div", { ref, style: { height: 60, width: 200 } }, name);
      };
      globalThis.root = createRoot(document.querySelector("#room")!);
      let turn = 0;
      const render = (): void => {
        turn++;
        const cards = ["a", "b", "c"].map((name, i) =>
          createElement(Card, { key: `${name} ${turn >> 1}`, name, position: i + 1 }),
        );
        const far = createElement(
          "div",
          { key: "far", style: { marginTop: 2_000 } },
          createElement(Card, { name: "far", position: 4 }),
        );
        root.render(createElement(StrictMode, null, cards, far));
        if (turn < 5) setTimeout(render, turn === 1 ? 1_300 : 200);
      };
      render();
    });
    await tab.looked("a", "b", "c");
    await tab.agree();
    expect(tab.exposed().toSorted()).toEqual(["a", "b", "c"]);
  });

  test("a request that is resumed on the next page exposes there what was not seen yet, and nothing again", async () => {
    await tab.page.evaluate(() => show(document.querySelector("#top")!, { itemId: "first", position: 1 }));
    await tab.becomes("first");
    // An event whose verdict the page does not know yet would be sent again by the next one.
    await expect.poll(() => tab.page.evaluate(() => tracker.stats().queued), PATIENCE).toBe(0);
    const id = await tab.page.evaluate(() => {
      sessionStorage.setItem("request", JSON.stringify(request));
      return request.id;
    });
    await tab.page.goto(`${stage.site.url}/next`);
    await startTracker(tab.page, stage.front.url, `${surface}.own`, { flushInterval: 50 });
    await tab.page.evaluate(() => {
      globalThis.request = tracker.resume(JSON.parse(sessionStorage.getItem("request")!));
      document.querySelector("#room")!.innerHTML = `<div class="item" id="second">second</div>`;
      show(document.querySelector("#top")!, { itemId: "first", position: 1 });
      show(document.querySelector("#second")!, { itemId: "second", position: 2 });
    });
    const next = exposureTab(stage, surface, tab.page);
    await next.looked("first", "second");
    await next.control();
    expect(next.exposed()).toEqual(["first", "second"]);
    expect(new Set(next.exposures().map(({ payload }) => payload.request_id))).toEqual(new Set([id]));
    expect(await tab.page.evaluate(() => request.items().find(({ itemId }) => itemId === "first")?.state)).toBe("seen");
  });
});
