import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { BrowserContext, Page } from "playwright-core";
import { chromiumService } from "../services/chromium.ts";
import { PATIENCE, startStage, startTracker, stored, track, type Stage } from "./stage/stage.ts";
import { blockStorage } from "./tracker-tab.ts";

const chromium = await chromiumService();
const NEVER = { flushInterval: 600_000 };
let stage: Stage;
let user: BrowserContext;
let surface: string;
let count = 0;

const stats = (page: Page) => page.evaluate(() => tracker.stats());

/** A tab whose clock the test turns, and whose tracker has given storage up. */
async function openBlocked(): Promise<Page> {
  const page = await user.newPage();
  await page.clock.install();
  await page.goto(stage.site.url);
  await startTracker(page, stage.front.url, surface, NEVER);
  await page.clock.fastForward(3_000);
  await expect.poll(async () => (await stats(page)).storage, PATIENCE).toBe("memory");
  return page;
}

describe.skipIf("missing" in chromium)(`the host page${"missing" in chromium ? `: ${chromium.missing}` : ""}`, () => {
  beforeAll(async () => {
    stage = await startStage();
  });
  afterAll(() => stage.close());
  beforeEach(async () => {
    surface = `tracker.page${++count}`;
    user = await stage.newUser();
    return async () => {
      stage.front.fault = () => undefined;
      await user.close();
    };
  });

  test("on a page that is no secure context, and whose Math.random is broken, ids are minted and events delivered", async () => {
    // Nothing leaves this machine: the page's own site, and the collector on it, are served by the test's.
    await user.route("http://shop.example/**", async (route) => {
      const { pathname, search } = new URL(route.request().url());
      const to = pathname.startsWith("/v1/") ? stage.front.url : stage.site.url;
      await route.fulfill({ response: await route.fetch({ url: to + pathname + search }) });
    });
    const page = await user.newPage();
    await page.goto("http://shop.example/");
    expect(await page.evaluate(() => [isSecureContext, "randomUUID" in crypto])).toEqual([false, false]);
    await page.evaluate(() => (Math.random = () => 0));
    await startTracker(page, "/", surface, { flushInterval: 50 });
    const ids = await page.evaluate(() => Array.from({ length: 100 }, () => tracker.request({ surface: "tracker.ids" }).id));
    expect(new Set(ids).size).toBe(100);
    await track(page, 2);
    const events = await stage.arrival(surface, 2);
    expect(new Set(events.map(({ id }) => id)).size).toBe(2);
    await expect.poll(() => stats(page), PATIENCE).toMatchObject({ accepted: 2, storage: "indexeddb" });
  });

  test("in a browser that has none of what came after the first that are promised, events are seen, stored and delivered", async () => {
    await user.addInitScript(() => {
      const young: [object, string][] = [
        "structuredClone",
        "CompressionStream",
        "requestIdleCallback",
        "WeakRef",
        "FinalizationRegistry",
        "BroadcastChannel",
        "scheduler",
        "reportError",
        "TrustedTypePolicyFactory",
        "navigation",
      ].map((name) => [globalThis, name]);
      for (const name of ["timeout", "any"]) young.push([AbortSignal, name]);
      for (const name of ["throwIfAborted", "reason"]) young.push([AbortSignal.prototype, name]);
      for (const name of ["at", "findLast", "findLastIndex", "toSorted", "toReversed", "toSpliced", "with"]) {
        young.push([Array.prototype, name], [Object.getPrototypeOf(Uint8Array.prototype) as object, name]);
      }
      for (const name of ["at", "replaceAll", "isWellFormed", "toWellFormed"]) young.push([String.prototype, name]);
      for (const name of ["hasOwn", "groupBy"]) young.push([Object, name]);
      for (const name of ["any", "withResolvers", "try"]) young.push([Promise, name]);
      for (const name of ["union", "difference", "intersection", "isSubsetOf"]) young.push([Set.prototype, name]);
      young.push([crypto.constructor.prototype as object, "randomUUID"], [Performance.prototype, "timeOrigin"]);
      young.push([Navigator.prototype, "sendBeacon"], [Navigator.prototype, "locks"], [Element.prototype, "checkVisibility"]);
      for (const [of, name] of young) {
        if (!Reflect.deleteProperty(of, name)) throw new Error(`${name} stays`);
      }
    });
    const page = await stage.openTab(user, surface, NEVER);
    expect(await page.evaluate(() => [typeof structuredClone, "timeout" in AbortSignal, "at" in []])).toEqual([
      "undefined",
      false,
      false,
    ]);
    await page.evaluate(() => request.observe(document.querySelector("#top")!, { itemId: "top", position: 1 }));
    await track(page, 20);
    await expect.poll(async () => (await stats(page)).tracked, PATIENCE).toBe(21);
    await page.evaluate(() => tracker.flush());
    await stage.arrival(surface, 21);
    await expect.poll(() => stored(page), PATIENCE).toBe(0);
    expect(await stats(page)).toMatchObject({ tracked: 21, accepted: 21, retries: 0, queued: 0, storage: "indexeddb" });
    expect(await page.evaluate(() => errors)).toEqual([]);
  });

  test.each(["IntersectionObserver", "AbortController"])(
    "in a browser without %s the console says once that nothing is recorded, and nothing is thrown",
    async (name) => {
      await user.addInitScript((one) => void Reflect.deleteProperty(globalThis, one), name);
      const page = await user.newPage();
      const told: string[] = [];
      page.on("console", (message) => told.push(`${message.type()} ${message.text()}`));
      await page.goto(stage.site.url);
      await startTracker(page, stage.front.url, surface, NEVER);
      await track(page, 2);
      await page.evaluate(() => tracker.flush());
      expect(await stats(page)).toMatchObject({ tracked: 0, queued: 0, storage: "none" });
      expect(told).toEqual([expect.stringMatching(new RegExp(`^error \\[sightline\\] nothing is recorded: .*${name}`))]);
    },
  );

  test("where the page has no onError the console warns once of each code, without what an event holds, and says where to look", async () => {
    const page = await user.newPage();
    const told: string[] = [];
    page.on("console", (message) => {
      if (message.text().includes("sightline")) told.push(`${message.type()} ${message.text()}`);
    });
    await page.goto(stage.site.url);
    await page.evaluate(
      async ([endpoint, name]) => {
        const own = createTracker({ endpoint, writeKey: "wk_demo", unit: { type: "user", id: "u_1" } });
        const asked = own.request({ surface: name });
        for (const itemId of ["secret-1", "secret-2"]) {
          asked.outcome("like", { itemId, position: 0 });
          asked.outcome("nothing-known" as "like", { itemId });
          own.track("like", { itemId, payload: { n: 1n } as never });
        }
        await own.flush();
      },
      [stage.front.url, surface] as const,
    );
    expect(told.toSorted()).toEqual([
      expect.stringMatching(/^warning \[sightline\] 1 events: unserialisable .*onError.*stats\(\)/),
      expect.stringMatching(/^warning \[sightline\] invalid_position at position: .*onError.*stats\(\)/),
      expect.stringMatching(/^warning \[sightline\] unknown_event_type at event_type: .*onError.*stats\(\)/),
    ]);
    expect(told.join()).not.toContain("secret");
  });

  test("a fetch that never settles, not by abort either, is given up after 15 s, and its events are sent again", async () => {
    const page = await user.newPage();
    await page.clock.install();
    await page.goto(stage.site.url);
    await page.evaluate(() => {
      const { fetch } = globalThis;
      globalThis.fetch = () => {
        globalThis.fetch = fetch;
        document.title = "asked";
        return new Promise(() => {});
      };
    });
    await startTracker(page, stage.front.url, surface, NEVER);
    await track(page, 3);
    await page.evaluate(() => void tracker.flush().then(() => (document.title = "flushed")));
    await page.waitForFunction(() => document.title === "asked");
    await page.clock.fastForward(15_000);
    await page.waitForFunction(() => document.title === "flushed");
    await page.evaluate(() => tracker.flush());
    await stage.arrival(surface, 3);
    expect(await stats(page)).toMatchObject({ accepted: 3, retries: 1, queued: 0 });
    expect(stage.sent(surface)).toHaveLength(3);
  });

  test("a fetch that others have patched, so that it throws or returns nothing, loses nothing and throws nothing into the page", async () => {
    const page = await stage.openTab(user, surface, { flushInterval: 50 });
    const thrown: string[] = [];
    page.on("pageerror", (error) => thrown.push(String(error)));
    await page.evaluate(() => {
      const { fetch } = globalThis;
      const broken = [
        () => {
          throw new Error("patched");
        },
        () => undefined,
        () => Promise.reject(new Error("patched")),
      ];
      globalThis.fetch = ((...args: Parameters<typeof fetch>) => (broken.shift() ?? fetch)(...args)) as typeof fetch;
    });
    await track(page, 2);
    for (let failures = 1; failures <= 3; failures++) {
      await expect.poll(async () => (await stats(page)).retries, PATIENCE).toBeGreaterThanOrEqual(failures);
      await page.evaluate(() => tracker.flush());
    }
    await stage.arrival(surface, 2);
    await expect.poll(() => stats(page), PATIENCE).toMatchObject({ tracked: 2, accepted: 2, retries: 3, queued: 0 });
    expect(thrown).toEqual([]);
  });

  test("where others have used up the page's budget for requests that outlive it, events go without outliving", async () => {
    const page = await stage.openTab(user, surface, NEVER);
    const released = Promise.withResolvers<undefined>();
    const asked = Promise.withResolvers<void>();
    stage.front.fault = ({ path }) => {
      if (path !== "/others") return undefined;
      asked.resolve();
      return released.promise.then(() => ({ status: 200 }));
    };
    await page.evaluate((url) => {
      void fetch(url, { method: "POST", keepalive: true, body: JSON.stringify({ own: "x".repeat(65_000) }) });
    }, `${stage.front.url}/others`);
    await asked.promise;
    await track(page, 2);
    await page.evaluate(() => tracker.flush());
    await page.evaluate(() => tracker.flush());
    expect(await stats(page)).toMatchObject({ tracked: 2, accepted: 2, retries: 1, queued: 0 });
    released.resolve(undefined);
  });

  test("a page that is hidden sends at once and as text, however much there is, and what comes after that goes at once too", async () => {
    const page = await stage.openTab(stage.chromium.context, surface, NEVER);
    await page.evaluate(() => {
      for (let i = 1; i <= 40; i++) request.decision([{ itemId: `i${i}`, position: i }]);
    });
    const other = await stage.chromium.context.newPage();
    await stage.arrival(surface, 40);
    const posted = stage.front.requests.find(({ batch }) => batch.events?.[0]?.surface === surface);
    expect(posted?.bytes).toBeGreaterThan(1_000);
    expect(posted?.path).not.toContain("gzip");
    await page.evaluate(() => request.outcome("like", { itemId: "after" }));
    await stage.arrival(surface, 41);
    await Promise.all([page.close(), other.close()]);
  });

  test("storage that could not be opened is tried again a minute later, and used from then on; it is one store", async () => {
    const holder = await blockStorage(stage, user);
    const page = await openBlocked();
    await holder.close();
    const stores = await page.evaluate(
      () =>
        new Promise<string[]>((resolve) => {
          const opening = indexedDB.open("sightline-wk_demo");
          opening.addEventListener("success", () => {
            resolve([...opening.result.objectStoreNames]);
            opening.result.close();
          });
        }),
    );
    expect(stores).toEqual(["events"]);
    await page.clock.fastForward(60_000);
    await user.setOffline(true);
    await track(page, 2);
    await expect.poll(() => stored(page), PATIENCE).toBe(2);
    expect((await stats(page)).storage).toBe("indexeddb");
  });

  test("an opening that was given up, and succeeds while a later one is under way, does not take that one along", async () => {
    const holder = await blockStorage(stage, user);
    const page = await openBlocked();
    await page.clock.fastForward(60_000);
    await user.setOffline(true);
    await track(page, 2);
    await holder.close();
    await expect.poll(async () => (await stats(page)).storage, PATIENCE).toBe("indexeddb");
  });
});
