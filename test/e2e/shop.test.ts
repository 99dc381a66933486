/** A real Chromium in the shop of `npm start`, watched by a recorder that is not the SDK: what it saw and what the bus has must agree. */
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { VerifyReport } from "../../relay/analysis/verify/report.ts";
import type { Envelope } from "../../worker/src/envelope/envelope.ts";
import { sightline } from "../relay/cli/run.ts";
import { chromiumService } from "../services/chromium.ts";
import { sharedChromium, type SharedChromium } from "../services/shared-chromium.ts";
import { recordSightings, type Sighting } from "./shop-recorder.ts";
import { dataFolder, readBus, spawnStack, type StackProcess } from "./stack-process.ts";

const PATIENCE = { timeout: 60_000, interval: 100 };
/** Around the second that makes an exposure, milliseconds: what was seen for so long may count or not, as the frames fell. */
const UNCLEAR = { from: 900, to: 1_100 };
/** Seen for so long, milliseconds, it is surely an exposure; not much more, so that a longer rule would show. */
const SURE = 1_300;
/** A glance, milliseconds: surely none; not much less, so that a shorter rule would show. */
const GLANCE = 700;

const chromium = await chromiumService();
const missing = "missing" in chromium ? chromium.missing : "";
const { dataDir, remove } = dataFolder();
let stack: StackProcess;
let shop: string;
let browser: SharedChromium;
let visitor: BrowserContext;
let page: Page;

const cards = (surface: string): string => `[data-surface="${surface}"] [data-item-id]`;

/** Waits until the recorder has seen these positions of the surface's newest request for long enough. */
async function look(surface: string, positions: number[]): Promise<void> {
  await page.waitForFunction(
    ([selector, wanted, ms]) => {
      const now = [...document.querySelectorAll<HTMLElement>(selector)].map(({ dataset }) => dataset["requestId"]);
      const long = sightings().filter(({ request_id, longest }) => request_id === now[0] && longest >= ms);
      return wanted.every((position) => long.some((sighting) => sighting.position === position));
    },
    [cards(surface), positions, SURE] as const,
    { timeout: PATIENCE.timeout, polling: 100 },
  );
}

/** Pushes the carousel to its end, a bit at each frame, with a glance at what is in the middle. */
async function rushThroughCarousel(): Promise<void> {
  await page.evaluate(async (glance) => {
    const row = document.querySelector(".row");
    if (!row) throw new Error("expected a carousel");
    const end = row.scrollWidth - row.clientWidth;
    for (let left = 0; left < end; left += 120) {
      row.scrollTo({ left, behavior: "instant" });
      const isMiddle = left < end / 2 && left + 120 >= end / 2;
      const until = isMiddle ? performance.now() + glance : 0;
      while ((await new Promise<number>(requestAnimationFrame)) < until);
    }
    row.scrollTo({ left: end, behavior: "instant" });
  }, GLANCE);
}

/** Scrolls so that the row of cards that begins with this position ends where the window ends. */
async function showRow(surface: string, position: number): Promise<void> {
  await page.locator(`${cards(surface)}[data-position="${position}"]`).evaluate((card) => {
    card.scrollIntoView({ block: "end", behavior: "instant" });
  });
}

async function lookAtSimilar(): Promise<void> {
  await page.waitForSelector(cards("product.similar"));
  await showRow("product.similar", 1);
  await look("product.similar", [1, 2, 3, 4]);
}

async function open(click: () => Promise<void>, path: RegExp): Promise<void> {
  await Promise.all([page.waitForURL(path), click()]);
}

interface Visit {
  sightings: Sighting[];
  /** Request and item of each card that was clicked. */
  clicked: string[];
  /** Of each purchase. */
  bought: string[];
}

async function nameOf(selector: string): Promise<string> {
  return page.locator(selector).evaluate(({ dataset }: HTMLElement) => `${dataset["requestId"]} ${dataset["itemId"]}`);
}

/** Looks, scrolls, clicks a product, buys it, comes back, and clicks another at once. */
async function visit(): Promise<Visit> {
  const top = `${cards("home.top_picks")}[data-position="2"]`;
  const rushed = `${cards("home.carousel")}[data-position="1"]`;
  const clicked: string[] = [];
  await page.goto(shop);
  await look("home.top_picks", [1, 2, 3, 4]);
  await showRow("home.carousel", 1);
  await look("home.carousel", [1, 2, 3, 4]);
  await rushThroughCarousel();
  await look("home.carousel", [10, 11, 12]);
  await showRow("home.more", 1);
  await look("home.more", [1, 2, 3, 4]);
  await page.evaluate(() => window.scrollTo({ top: 0, behavior: "instant" }));
  clicked.push(await nameOf(top));
  await open(() => page.click(top), /\/product\//);
  await lookAtSimilar();
  await page.click(".buy");
  await page.waitForSelector(".buy:disabled");
  await open(() => page.click(".brand"), /:\d+\/$/);
  await page.waitForSelector(rushed);
  clicked.push(await nameOf(rushed));
  await open(() => page.locator(rushed).evaluate((card: HTMLElement) => card.click()), /\/product\//);
  await lookAtSimilar();
  const sightings = await page.evaluate(() => globalThis.sightings());
  return { sightings, clicked, bought: clicked.slice(0, 1) };
}

type Exposed = Record<string, { position: number; surface: string; basis: string }>;

function exposedOn(bus: Envelope[]): Exposed {
  const exposed: Exposed = {};
  for (const { event_type, payload } of bus) {
    if (event_type !== "exposure") continue;
    for (const { item_id, position, basis = "" } of payload.items ?? []) {
      const name = `${payload.request_id} ${item_id}`;
      expect(exposed).not.toHaveProperty([name]);
      exposed[name] = { position, surface: payload.surface ?? "", basis };
    }
  }
  return exposed;
}

const outcomesOn = (bus: Envelope[], type: string): string[] =>
  bus.filter(({ event_type }) => event_type === type).map(({ payload }) => `${payload.request_id} ${payload.item_id}`);

describe.skipIf(missing !== "")(`the demo shop${missing && `: ${missing}`}`, () => {
  beforeAll(async () => {
    stack = spawnStack(dataDir);
    await stack.ready;
    shop = stack.file().shop;
    browser = await sharedChromium();
    visitor = await browser.browser.newContext({ viewport: { width: 1280, height: 720 } });
    await visitor.addInitScript(recordSightings);
    page = await visitor.newPage();
  });
  afterAll(async () => {
    await browser?.close();
    await stack?.stop();
    remove();
  });

  test("the bus has an exposure of each card that could be seen for a second, and of no other; clicks and the purchase join", async () => {
    const { sightings, clicked, bought } = await visit();
    await page.close({ runBeforeUnload: true });
    await expect.poll(async () => outcomesOn(await readBus(dataDir), "click"), PATIENCE).toEqual(clicked);
    const expected: Exposed = {};
    const unclear = new Set<string>();
    for (const { request_id, item_id, position, surface, longest } of sightings) {
      const name = `${request_id} ${item_id}`;
      const rushed = clicked.includes(name) && longest < UNCLEAR.to;
      if (longest >= UNCLEAR.to || rushed) expected[name] = { position, surface, basis: rushed ? "click" : "viewable" };
      else if (longest >= UNCLEAR.from) unclear.add(name);
    }
    const clear = async (): Promise<Exposed> =>
      Object.fromEntries(Object.entries(exposedOn(await readBus(dataDir))).filter(([name]) => !unclear.has(name)));
    await expect.poll(clear, PATIENCE).toEqual(expected);

    const surfaces = Object.values(expected).map(({ surface }) => surface);
    for (const surface of ["home.top_picks", "home.carousel", "home.more", "product.similar"])
      expect(surfaces).toContain(surface);
    expect(sightings.some(({ longest }) => longest >= GLANCE * 0.9 && longest < SURE)).toBe(true);
    expect(outcomesOn(await readBus(dataDir), "purchase")).toEqual(bought);
    expect(await verify()).toMatchObject({ outcomes: { click: 2, purchase: 1 }, joined: 3, orphans: 0, rejected: {} });
  });

  test("the recommender echoes a request id, makes one where there is none, and says what it expected", async () => {
    const echoed = await ask("surface=home.more", { "X-Request-Id": "my-request-1" });
    expect(echoed.headers.get("X-Request-Id")).toBe("my-request-1");
    const answer = (await echoed.json()) as { meta: { request_id: string }; items: { propensity: number }[] };
    expect(answer.meta.request_id).toBe("my-request-1");
    expect(answer.items).toHaveLength(8);
    for (const { propensity } of answer.items) expect(propensity > 0 && propensity < 1).toBe(true);
    const made = await ask("surface=home.more", { "X-Request-Id": "short" });
    expect(made.headers.get("X-Request-Id")).toMatch(/^[\w-]{8,64}$/);
    const refused = await ask("surface=nowhere");
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({ error: { code: "unknown_surface" } });
  });

  test("a page that is not there says so", async () => {
    const answer = await fetch(`${shop}/product/no-such-thing`);
    expect(answer.status).toBe(404);
    expect(await answer.text()).toContain("There is nothing here");
  });
});

async function ask(query: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${shop}/v1/recommend?${query}`, { headers });
}

async function verify(): Promise<VerifyReport> {
  const env = { ...process.env, DATA_DIR: dataDir, EVENT_PUBLISHER: "local" };
  const { code, out, err } = await sightline(["verify", "--json"], env);
  expect({ code, err: code === 0 ? "" : err }).toEqual({ code: 0, err: "" });
  return JSON.parse(out) as VerifyReport;
}
