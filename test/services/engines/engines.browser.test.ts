import { createServer } from "node:http";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { listen, shut } from "../../client/stage/site.ts";
import { ENGINES } from "./all.ts";
import type { EngineBrowser } from "./engine.ts";

/** A page that tells the server by a beacon what happens to it, and says how it was shown. */
const PAGE = `<!doctype html><title>Page</title><script>
const tell = (what) => fetch("/told?" + what + location.pathname, { method: "POST", keepalive: true });
addEventListener("pagehide", () => void tell("pagehide"));
document.addEventListener("visibilitychange", () => void tell(document.visibilityState));
addEventListener("pageshow", ({ persisted }) => (document.title = persisted ? "kept" : "new"));
</script>`;
const PATIENCE = { timeout: 15_000, interval: 20 };

for (const engine of ENGINES) {
  const found = await engine.find();
  const lacks = (ability: keyof typeof engine.cannot): string => (engine.cannot[ability] ? `: ${engine.cannot[ability]}` : "");

  describe.skipIf("missing" in found)(`${"missing" in found ? found.missing : found.version}`, () => {
    let told: string[] = [];
    let url: string;
    let browser: EngineBrowser;
    const server = createServer(({ url: path = "" }, response) => {
      if (path.startsWith("/told?")) told.push(path.slice(6));
      response.setHeader("Content-Type", "text/html").end(PAGE);
    });
    beforeAll(async () => {
      [url, browser] = await Promise.all([listen(server), engine.launch()]);
    });
    afterAll(async () => {
      await browser.close();
      await shut(server);
    });

    test("a tab that is closed has its page told first", async () => {
      const tab = await browser.newTab();
      await tab.goto(`${url}/closed`);
      await tab.close();
      await expect.poll(() => told, PATIENCE).toEqual(expect.arrayContaining(["pagehide/closed", "hidden/closed"]));
    });

    test("functions run in the page, with what they are given, and may take a while; what they throw is thrown", async () => {
      const tab = await browser.newTab();
      await tab.goto(url);
      expect(await tab.evaluate(async ({ n }) => ({ n: await Promise.resolve(n + 1) }), { n: 1 })).toEqual({ n: 2 });
      expect(await tab.evaluate(() => undefined)).toBeUndefined();
      await expect(tab.evaluate(() => Promise.reject(new Error("thrown in the page")))).rejects.toThrow("thrown in the page");
      await tab.close();
    });

    test("a tab that another is put in front of is hidden, until it is in front itself", async () => {
      const [one, other] = [await browser.newTab(), await browser.newTab()];
      const states = (): Promise<string[]> =>
        Promise.all([one, other].map((tab) => tab.evaluate((): string => document.visibilityState)));
      await one.goto(url);
      await other.goto(url);
      await expect.poll(states, PATIENCE).toEqual(["hidden", "visible"]);
      await one.inFront();
      await expect.poll(states, PATIENCE).toEqual(["visible", "hidden"]);
      await one.close();
      await other.close();
    });

    test.skipIf(lacks("background tab"))(`a tab in the background was never shown${lacks("background tab")}`, async () => {
      const front = await browser.newTab();
      await front.goto(url);
      const tab = await browser.newTab({ inBackground: true });
      told = [];
      await tab.goto(`${url}/background`);
      expect(await tab.evaluate((): string => document.visibilityState)).toBe("hidden");
      expect(told).not.toContain("visible/background");
      expect(await front.evaluate((): string => document.visibilityState)).toBe("visible");
      await tab.close();
      await front.close();
    });

    test.skipIf(lacks("back/forward cache"))(`Back shows the page as it was left${lacks("back/forward cache")}`, async () => {
      const tab = await browser.newTab();
      await tab.goto(`${url}/first`);
      await tab.evaluate(() => void Object.assign(globalThis, { mark: "as it was left" }));
      await tab.goto(`${url}/second`);
      await tab.back();
      const now = await tab.evaluate(() => [location.pathname, Reflect.get(globalThis, "mark"), document.title]);
      expect(now).toEqual(["/first", "as it was left", "kept"]);
      await tab.close();
    });

    test.skipIf(lacks("user data"))(`what a killed browser had stored is there for the next${lacks("user data")}`, async () => {
      const userDataDir = await mkdtemp(join(tmpdir(), "sightline-user-"));
      onTestFinished(() => rm(userDataDir, { recursive: true, force: true, maxRetries: 5 }));
      const first = await engine.launch({ userDataDir });
      const tab = await first.newTab();
      await tab.goto(url);
      await tab.evaluate(
        () =>
          new Promise<void>((resolve) => {
            const opening = indexedDB.open("kept", 1);
            opening.addEventListener("upgradeneeded", () => opening.result.createObjectStore("events").put("an event", 1));
            opening.addEventListener("success", () => resolve());
          }),
      );
      await first.kill();
      const second = await engine.launch({ userDataDir });
      onTestFinished(() => second.close());
      const next = await second.newTab();
      await next.goto(url);
      const kept = await next.evaluate(
        () =>
          new Promise<unknown>((resolve) => {
            const opening = indexedDB.open("kept");
            opening.addEventListener("success", () => {
              const reading = opening.result.transaction("events").objectStore("events").get(1);
              reading.addEventListener("success", () => resolve(reading.result));
            });
          }),
      );
      expect(kept).toBe("an event");
    });
  });
}
