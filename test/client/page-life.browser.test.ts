import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromiumService, launchChromium, openChromium } from "../services/chromium.ts";
import { PATIENCE, startStage, stored, track, type Stage } from "./stage/stage.ts";

const chromium = await chromiumService();
let stage: Stage;

describe.skipIf("missing" in chromium)(`a page's life${"missing" in chromium ? `: ${chromium.missing}` : ""}`, () => {
  beforeAll(async () => {
    stage = await startStage();
  });
  afterAll(() => stage.close());

  test("a prerendered page exposes, stores and sends nothing before it is activated", async () => {
    const surface = "life.prerender";
    const page = `/page?endpoint=${encodeURIComponent(stage.front.url)}&surface=${surface}`;
    const undriven = await openChromium(`${stage.site.url}/first?prerender=${encodeURIComponent(page)}`);
    const events = await stage.arrival(surface, 2);
    await undriven.close();
    const [before = "", activated = ""] = stage.site.notes;
    expect(before).toBe("prerendered, databases 0, queued 1");
    expect(activated).toMatch(/^activated \d+$/);
    const activatedAt = Number(activated.split(" ")[1]);
    const { batch } = stage.front.requests.find((request) => request.batch.events[0]?.surface === surface)!;
    expect(Date.parse(batch.sent_at ?? "")).toBeGreaterThanOrEqual(activatedAt);
    const exposure = events.find(({ event_type }) => event_type === "exposure");
    expect(Date.parse(exposure?.payload.timestamp ?? "") - activatedAt).toBeGreaterThanOrEqual(990);
  });

  test("events that wait survive a browser that is killed, and are delivered when it is opened again", async () => {
    const surface = "life.killed";
    const userDataDir = await mkdtemp(join(tmpdir(), "sightline-user-"));
    const first = await launchChromium({ userDataDir });
    const page = await stage.openTab(first.context, surface, { flushInterval: 600_000 });
    await page.evaluate(() => tracker.flush());
    await track(page, 30);
    await expect.poll(() => stored(page), PATIENCE).toBe(30);
    await first.kill();
    const second = await launchChromium({ userDataDir });
    await stage.openTab(second.context, "other.surface");
    await stage.arrival(surface, 30);
    await second.close();
    await rm(userDataDir, { recursive: true, force: true, maxRetries: 5 });
    expect(stage.sent(surface)).toHaveLength(30);
  });

  test("where IndexedDB does not answer, events go by memory", async () => {
    const surface = "life.hanging";
    const user = await stage.newUser();
    const holder = await user.newPage();
    await holder.goto(stage.site.url);
    // A delete that waits for a connection that is never closed: every open after it waits too.
    await holder.evaluate(
      () =>
        new Promise<void>((resolve) => {
          const opening = indexedDB.open("sightline-wk_demo");
          opening.addEventListener("success", () => {
            indexedDB.deleteDatabase("sightline-wk_demo").addEventListener("blocked", () => resolve());
          });
        }),
    );
    const page = await stage.openTab(user, surface, { flushInterval: 50 });
    await track(page, 3);
    await stage.arrival(surface, 3);
    await expect
      .poll(() => page.evaluate(() => tracker.stats()), PATIENCE)
      .toMatchObject({ storage: "memory", accepted: 3, queued: 0 });
    expect(stage.sent(surface)).toHaveLength(3);
    await user.close();
  });

  test("a closed tracker has sent what it had, and records nothing more", async () => {
    const surface = "life.closed";
    const user = await stage.newUser();
    const page = await stage.openTab(user, surface, { flushInterval: 600_000 });
    await track(page, 2);
    await page.evaluate(() => tracker.close());
    await track(page, 2);
    expect(await page.evaluate(() => tracker.stats())).toMatchObject({ tracked: 2, accepted: 2, queued: 0 });
    await user.close();
  });
});
