import type { Browser, Page } from "playwright-core";
import type { Contender } from "./contenders.ts";
import type { Host } from "./host.ts";
import type { BenchEvent } from "./page-contender.ts";
import { startReceiver, type Receiver, type Traffic } from "./receiver.ts";
import { recordTasks, type Tasks } from "./tasks.ts";

/** What came of one run. */
export interface Run<Result> extends Tasks {
  /** What the load itself returned. */
  result: Result;
  traffic: Traffic;
  /** Milliseconds of CPU of all processes of the browser, over the time of the tasks. */
  cpuMs: number;
  /** Bytes of JavaScript heap that are held after it and were not before, each after a collection of garbage. */
  heapBytes: number;
}

/** A run to be made. */
export interface RunPlan<Result> {
  contender: Contender;
  /** Events that are ready in the page as the global `events`, each of another item. */
  count: number;
  /** Puts the load on the page. */
  load(page: Page): Promise<Result>;
  /** Milliseconds after the load in which all events must have come. */
  patience: number;
}

/** Milliseconds that belong to a run after the last response: for what a contender then clears away. */
const AFTER_MS = 1_000;

/** Milliseconds after which a page that does not respond is given up, on top of a plan's patience. */
const HANG_MS = 60_000;

/**
 * Runs a contender in a browser context of its own against a receiver of its own. Throws where it did not finish; then the browser may still
 * be at work, and is to be closed.
 */
export async function runPage<Result>(browser: Browser, host: Host, plan: RunPlan<Result>): Promise<Run<Result>> {
  const receiver = await startReceiver(plan.contender.answer);
  const context = await browser.newContext();
  const abort = new AbortController();
  try {
    const page = await context.newPage();
    const hang = deadline(HANG_MS + plan.patience, abort.signal);
    const run = await Promise.race([hang, measure(page, host, receiver, plan)]);
    await context.close();
    return run;
  } finally {
    abort.abort();
    await receiver.close();
  }
}

async function measure<Result>(page: Page, host: Host, receiver: Receiver, plan: RunPlan<Result>): Promise<Run<Result>> {
  const { count, load, patience } = plan;
  await page.goto(host.pageOf(plan.contender));
  await page.evaluate(
    async ([url, events]) => {
      globalThis.events = events;
      await contender.start(url);
    },
    [receiver.url, makeEvents(count)] as const,
  );
  await page.waitForTimeout(AFTER_MS);
  const before = await heap(page);
  receiver.reset();
  const browser = page.context().browser()!;
  const end = await recordTasks(browser);
  const cpuBefore = await cpuMs(browser);
  await page.evaluate(() => void performance.mark("bench-start"));
  const result = await load(page);
  const isIn = await receiver.received(count, patience);
  if (!isIn) throw new Error(`${receiver.traffic.items.size} of ${count} events came within ${patience / 1_000} s`);
  await page.waitForTimeout(AFTER_MS);
  const queued = await page.evaluate(() => {
    performance.mark("bench-end");
    return contender.queued?.() ?? 0;
  });
  if (queued > 0) throw new Error(`${queued} events were left in its queue`);
  const cpu = (await cpuMs(browser)) - cpuBefore;
  return { ...(await end()), result, traffic: receiver.traffic, cpuMs: cpu, heapBytes: (await heap(page)) - before };
}

async function cpuMs(browser: Browser): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  await session.detach();
  return processInfo.reduce((sum, { cpuTime }) => sum + cpuTime * 1_000, 0);
}

async function heap(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  await session.detach();
  return usedSize;
}

/** Items of one surface, with ids that gzip cannot guess from the one before. */
function makeEvents(count: number): BenchEvent[] {
  return Array.from({ length: count }, (_, i) => ({
    request_id: "V1StGXR8_Z5jdHi6B-myT",
    item_id: `item-${(i * 7_919) % 100_003}`,
    position: i + 1,
    surface: "home.top_picks",
  }));
}

function deadline(ms: number, signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const timer = setTimeout(() => reject(new Error(`the page was busy for more than ${ms / 1_000} s`)), ms);
    signal.addEventListener("abort", () => clearTimeout(timer));
  });
}
