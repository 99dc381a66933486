/**
 * Records the tasks of a page's main thread by the browser's own trace. A task is one turn of its event loop, whatever ran in it. What
 * counts is the time for which the thread had the processor: what else the machine did meanwhile is not the page's.
 */
import type { Browser, CDPSession } from "playwright-core";

/** The work between the marks `bench-start` and `bench-end` of the page. */
export interface Tasks {
  /** Their sum, in milliseconds. */
  totalMs: number;
  /** The longest, in milliseconds. */
  longestMs: number;
}

/** What is used of a trace's event; times in microseconds. */
interface TraceEvent {
  name: string;
  pid: number;
  tid: number;
  ts: number;
  dur?: number;
  /** For how long of that the thread had the processor. */
  tdur?: number;
}

/** RunTask is in the first, the page's marks in the second. */
const CATEGORIES = ["disabled-by-default-devtools.timeline", "blink.user_timing"];

/** Starts to record; what it returns ends that. One at a time in a browser. */
export async function recordTasks(browser: Browser): Promise<() => Promise<Tasks>> {
  const session = await browser.newBrowserCDPSession();
  await session.send("Tracing.start", {
    transferMode: "ReportEvents",
    traceConfig: { includedCategories: CATEGORIES, excludedCategories: ["*"] },
  });
  return async function end() {
    const events = await collect(session);
    await session.detach();
    return measureTasks(events);
  };
}

async function collect(session: CDPSession): Promise<TraceEvent[]> {
  const events: TraceEvent[] = [];
  session.on("Tracing.dataCollected", ({ value }) => events.push(...(value as unknown as TraceEvent[])));
  const complete = new Promise((resolve) => session.once("Tracing.tracingComplete", resolve));
  await session.send("Tracing.end");
  await complete;
  return events;
}

function measureTasks(events: readonly TraceEvent[]): Tasks {
  const from = events.find(({ name }) => name === "bench-start");
  const to = events.find(({ name }) => name === "bench-end");
  if (!from || !to) throw new Error("expected the marks bench-start and bench-end in the trace");
  const lengths = events
    .filter(({ name, pid, tid }) => name === "RunTask" && pid === from.pid && tid === from.tid)
    // The task that set the first mark counts, that of the last one does not.
    .filter(({ ts, dur = 0 }) => ts + dur > from.ts && ts + dur < to.ts)
    .map(({ dur = 0, tdur = dur }) => tdur / 1_000);
  return { totalMs: lengths.reduce((sum, ms) => sum + ms, 0), longestMs: Math.max(0, ...lengths) };
}
