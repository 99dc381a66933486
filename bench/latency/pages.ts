/** Pages in a real Chromium, each with a tracker of its own, that record events at random moments. */
import type { Browser } from "playwright-core";
import type { Tracker, TrackerOptions } from "../../client/src/index.ts";
import { type Kind, KINDS } from "./settings.ts";

declare global {
  /** What the page has in its global scope. */
  var createTracker: (options: TrackerOptions) => Tracker;
}

/** Pages of each kind. Each page records events of one kind: an outcome takes along what waits. */
const PAGES = 4;
/** Milliseconds between two events of a page, in the mean: somebody who looks and clicks eagerly. */
const EVERY_MS = 700;

/** What a page recorded. */
export interface Recorded {
  kind: Kind;
  /** Id, and the event's own timestamp, milliseconds since 1970. */
  events: { id: string; at: number }[];
  /** What the tracker reported. */
  errors: string[];
}

/** What is recorded. */
interface Load {
  /** The page with the SDK. */
  site: string;
  collector: string;
  flushInterval: number;
  ms: number;
}

/** Has all pages record for so long; resolves with what each recorded, while the last of it may still wait in its page. */
export async function recordAll(browser: Browser, load: Load): Promise<{ recorded: Recorded[]; close: () => Promise<void> }> {
  const kinds = KINDS.flatMap((kind) => Array<Kind>(PAGES).fill(kind));
  const contexts = await Promise.all(kinds.map(() => browser.newContext()));
  const recorded = await Promise.all(
    contexts.map(async (context, nth) => {
      const page = await context.newPage();
      await page.goto(`${load.site}/`);
      return page.evaluate(record, { ...load, kind: kinds[nth]!, unit: `u_${nth}`, everyMs: EVERY_MS });
    }),
  );
  return { recorded, close: async () => void (await Promise.all(contexts.map((context) => context.close()))) };
}

/** Runs in the page: nothing of this module is there. */
async function record({
  kind,
  unit,
  collector,
  flushInterval,
  ms,
  everyMs,
}: Load & { kind: Kind; unit: string; everyMs: number }): Promise<Recorded> {
  const events: Recorded["events"] = [];
  const errors: string[] = [];
  const tracker = createTracker({
    endpoint: collector,
    writeKey: "wk_demo",
    unit: { type: "user", id: unit },
    flushInterval,
    onError: ({ message }) => void errors.push(message),
    debug(note) {
      if ("event" in note) events.push({ id: note.event.event_id!, at: Date.parse(note.event.timestamp!) });
    },
  });
  const end = performance.now() + ms;
  for (let n = 1; performance.now() < end; n++) {
    const item = { itemId: `item-${n}`, position: 1 };
    const request = tracker.request({ surface: "bench.latency" });
    if (kind === "outcome") tracker.track("like", { request, ...item });
    else request.exposed([item]);
    await new Promise((resolve) => setTimeout(resolve, -Math.log(1 - Math.random()) * everyMs));
  }
  return { kind, events, errors };
}
