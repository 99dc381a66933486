import { createElement } from "react";
import { renderToString } from "react-dom/server";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createTracker } from "../../../client/src/index.ts";
import { SightlineProvider, useRequest } from "../../../client/src/react/index.ts";
import { chromiumService } from "../../services/chromium.ts";
import { PATIENCE, startStage, type Stage } from "../stage/stage.ts";
import { bundleReact, openReactTab, VERSIONS, type ReactTab } from "./react-stage.ts";

const chromium = await chromiumService();
let count = 0;

describe.skipIf("missing" in chromium).each(VERSIONS)("useRequest in React $version", ({ alias }) => {
  let stage: Stage;
  let script: string;
  let surface: string;
  let tab: ReactTab;

  beforeAll(async () => {
    [stage, script] = await Promise.all([startStage(), bundleReact(alias)]);
  });
  afterAll(() => stage.close());
  beforeEach(async () => {
    surface = `react.request.s${++count}`;
    tab = await openReactTab(stage, surface, script);
    return tab.close;
  });

  test("StrictMode, which renders and mounts twice, and later renders see one id", async () => {
    const ids = await tab.page.evaluate((own) => {
      const seen: string[] = [];
      const List = (): null => {
        seen.push(kit.useRequest({ surface: own }).id);
        return null;
      };
      for (let i = 0; i < 2; i++) {
        const list = kit.createElement(kit.SightlineProvider, { tracker }, kit.createElement(List));
        kit.flushSync(() => root.render(kit.createElement(kit.StrictMode, null, list)));
      }
      return seen;
    }, surface);
    expect(ids.length).toBeGreaterThanOrEqual(4);
    expect(new Set(ids).size).toBe(1);
  });

  test("a component that suspends is rendered again with the id that its call to the recommender carried", async () => {
    const { seen, called } = await tab.page.evaluate(async (own) => {
      const ids: string[] = [];
      const calls = new Map<string, Promise<void>>();
      const answered = new Set<string>();
      const List = (): string => {
        const { id } = kit.useRequest({ surface: own });
        ids.push(id);
        if (!calls.has(id))
          calls.set(
            id,
            Promise.resolve().then(() => void answered.add(id)),
          );
        if (!answered.has(id)) throw calls.get(id);
        return `answered ${id}`;
      };
      const list = kit.createElement(kit.SightlineProvider, { tracker }, kit.createElement(List));
      const isShown = new Promise<void>((resolve) => {
        const room = document.querySelector("#room")!;
        const look = (): void => void (room.textContent?.startsWith("answered") && resolve());
        new MutationObserver(look).observe(room, { childList: true, subtree: true, characterData: true });
      });
      // The provider is within what suspends, and loses its state too.
      root.render(kit.createElement(kit.Suspense, { fallback: "waits" }, list));
      await isShown;
      return { seen: ids, called: calls.size };
    }, surface);
    expect(seen.length).toBeGreaterThanOrEqual(2);
    expect(new Set(seen).size).toBe(1);
    expect(called).toBe(1);
  });

  test("each mount has an id of its own, and so has each surface, each server's id, and each key", async () => {
    const ids = await tab.page.evaluate((own) => {
      const seen: string[] = [];
      type Options = Parameters<typeof kit.useRequest>[0];
      const List = (options: Options & { name?: string }): null => {
        seen.push(kit.useRequest({ ...options, key: options.name }).id);
        return null;
      };
      const show = (...lists: (Options & { name?: string; mount: string })[]): void => {
        const children = lists.map(({ mount, ...options }) => kit.createElement(List, { key: mount, ...options }));
        kit.flushSync(() => root.render(kit.createElement(kit.SightlineProvider, { tracker }, ...children)));
      };
      const last = (n = 1): string[] => [...new Set(seen.slice(-n))];
      show({ mount: "1", surface: own });
      const first = last();
      show({ mount: "2", surface: own });
      const second = last();
      show({ mount: "2", surface: `${own}.other` });
      const other = last();
      show({ mount: "2", surface: own, requestId: "from-the-server" });
      const given = last();
      show({ mount: "3", surface: own, name: "x" }, { mount: "4", surface: own, name: "y" });
      return [...first, ...second, ...other, ...given, ...last(2)];
    }, surface);
    expect(ids).toHaveLength(6);
    expect(new Set(ids).size).toBe(6);
    expect(ids[3]).toBe("from-the-server");
  });

  test("hydration takes the server's request up: its id stays, and so does what was exposed", async () => {
    const server = createTracker({ endpoint: "/", writeKey: "wk_demo", unit: { type: "user", id: "u_1" } });
    const made = server.request({ surface });
    made.exposed([{ itemId: "seen", position: 1 }]);
    const json = made.toJSON();
    const List = (): string => useRequest({ surface, json }).id;
    const html = renderToString(createElement(SightlineProvider, { tracker: server }, createElement(List)));
    expect(html).toBe(made.id);

    await tab.page.evaluate(
      ([own, markup, written]) => {
        const App = (): ReturnType<typeof kit.Card> => {
          const hydrated = kit.useRequest({ surface: own, json: written });
          kit.useEffect(() => {
            globalThis.request = hydrated;
            hydrated.exposed([{ itemId: "seen", position: 1 }]);
            hydrated.exposed([{ itemId: "new", position: 2 }]);
          }, [hydrated]);
          return hydrated.id;
        };
        const place = document.createElement("div");
        place.innerHTML = markup;
        document.body.append(place);
        kit.hydrateRoot(place, kit.createElement(kit.SightlineProvider, { tracker }, kit.createElement(App)));
      },
      [surface, html, json] as const,
    );
    await expect.poll(tab.exposed, PATIENCE).toEqual(["new"]);
    expect(tab.exposures()[0]?.payload.request_id).toBe(made.id);
    await tab.control("later");
    expect(tab.exposed()).toEqual(["new", "later"]);
  });
});
