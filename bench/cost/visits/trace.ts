import { recordedIn, type ProfileLog, type VisitLog } from "./log.ts";
import type { Arrival } from "./slow-collector.ts";
import type { Told } from "./spy.ts";

/** Milliseconds within which a request is by an outcome's own doing. */
const AT_ONCE_MS = 300;

/** What happened in the visits of a profile, a line each: what the visitor did, and each request with its page, its cause, events and copies. */
export function traceOf({ first, later }: ProfileLog, arrivals: readonly Arrival[]): string[] {
  const logs = [first, ...later];
  const names = new Set(logs.map(({ name }) => name));
  const own = arrivals.filter(({ visit }) => names.has(visit));
  const recorded = new Map(logs.flatMap(recordedIn).map((event) => [event.id, event]));
  const begin = first.steps[0]?.at ?? 0;
  const pages = pageNames(logs);
  const come = new Set<string>();
  const lines = logs.flatMap(visitorLines);
  for (const { page, sentAt, gotAt, isLeaving, events, status } of own.toSorted((a, b) => a.gotAt - b.gotAt)) {
    const ages = events.map(({ id }) => sentAt - (recorded.get(id)?.at ?? NaN));
    const isAdopted = events.some(({ id }) => recorded.get(id)?.page !== page);
    const isOutcome = events.some(({ type }, at) => /^(click|purchase)$/.test(type) && (ages[at] ?? NaN) < AT_ONCE_MS);
    const cause = [isLeaving ? "leaving" : isOutcome ? "outcome" : "waited", ...(isAdopted ? ["adopted"] : [])].join(", ");
    const list = events.map(({ id, type }, at) => {
      const mark = come.has(id) ? " COPY" : "";
      come.add(id);
      return `${type} ${seconds(ages[at] ?? NaN)}${mark}`;
    });
    lines.push({
      at: sentAt,
      text: `  request of ${pages.get(page)} (${cause}; ${status}, there after ${gotAt - sentAt} ms): ${list.join(", ")}`,
    });
  }
  return lines.toSorted((a, b) => a.at - b.at).map(({ at, text }) => `${seconds(at - begin).padStart(8)} ${text}`);
}

interface Line {
  at: number;
  text: string;
}

function visitorLines({ steps, told, name }: VisitLog): Line[] {
  const does = steps.map(({ at, what }) => ({ at, text: `${name} ${what}` }));
  const pages = told.flatMap((one) =>
    one.kind === "recorded" ? [] : [{ at: one.at, text: `page ${one.kind}${detailOf(one)}` }],
  );
  return [...does, ...pages];
}

function detailOf(told: Told): string {
  return told.kind === "opened" ? ` ${told.path}` : told.kind === "kept-out" ? ` of the back/forward cache: ${told.why}` : "";
}

/** Pages by their address and number. */
function pageNames(logs: readonly VisitLog[]): Map<string, string> {
  const opened = logs.flatMap(({ told }) => told).filter((one) => one.kind === "opened");
  return new Map(
    opened.map(({ page, path }, at) => [page, `page ${at + 1} (${path.startsWith("/product/") ? "product" : "home"})`]),
  );
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
