/** What visits come to. */
import { median } from "../../lib/median.ts";
import { percentile } from "../../lib/percentile.ts";
import { recordedIn, type ProfileLog } from "./log.ts";
import type { Network } from "./networks.ts";
import type { NetworkLog } from "./run-visits.ts";
import type { Arrival } from "./slow-collector.ts";

/** What the SDK tells of itself is no event of the shop. */
const REPORT = "client_report";
/** What is no outcome. */
const SHOWN = new Set(["decision", "exposure", REPORT]);

/** The visits on one network. Figures are of those that were not killed, but for `lost`. */
export interface VisitFigures {
  network: Network;
  visits: number;
  /** Visits whose home page came back from the back/forward cache. */
  restored: number;
  /** For each visit. */
  requests: number;
  /** The shop's own events for each visit. */
  events: number;
  /** For each request. */
  eventsPerRequest: number;
  /** Events that came although they had come, for each hundred that were recorded. */
  copies: number;
  /** The same, of what the next visit sent of this one's. */
  laterCopies: number;
  /** Milliseconds from an outcome to the moment at which the collector had it. */
  freshness: { median: number; p95: number };
  /** Events of each request, the SDK's own and copies included. */
  sizes: number[];
  /** Events that were recorded by all visits and are not on the bus, by type. */
  lost: Record<string, number>;
}

/** Counts them. */
export function figuresOf({ network, profiles, arrivals }: NetworkLog, onBus: ReadonlySet<string>): VisitFigures {
  const whole = profiles.filter(({ first }) => !first.killed);
  const names = new Set(whole.map(({ first }) => first.name));
  const own = arrivals.filter(({ visit }) => names.has(visit));
  const events = whole.flatMap(({ first }) => recordedIn(first)).filter(({ type }) => type !== REPORT);
  const firsts = firstArrivals(arrivals);
  const outcomes = events.filter(({ type }) => !SHOWN.has(type));
  const waits = outcomes.flatMap(({ id, at }) => (firsts.get(id)?.gotAt ?? NaN) - at).filter((ms) => !Number.isNaN(ms));
  const later = new Set(whole.flatMap((profile) => profile.later.map(({ name }) => name)));
  const recorded = new Set(events.map(({ id }) => id));
  const isCopy = ({ id }: { id: string }, arrival: Arrival): boolean => recorded.has(id) && firsts.get(id) !== arrival;
  const copiesIn = (some: readonly Arrival[]): number =>
    some.reduce((sum, arrival) => sum + arrival.events.filter((event) => isCopy(event, arrival)).length, 0);
  return {
    network,
    visits: whole.length,
    restored: whole.filter(({ first }) => first.told.some(({ kind }) => kind === "restored")).length,
    requests: own.length / whole.length,
    events: events.length / whole.length,
    eventsPerRequest: events.length / own.length,
    copies: (100 * copiesIn(own)) / events.length,
    laterCopies: (100 * copiesIn(arrivals.filter(({ visit }) => later.has(visit)))) / events.length,
    freshness: { median: median(waits), p95: percentile(waits, 0.95) },
    sizes: own.map((arrival) => arrival.events.length),
    lost: lostOf(profiles, onBus),
  };
}

/** The request by which the collector had each event first. */
function firstArrivals(arrivals: readonly Arrival[]): Map<string, Arrival> {
  const firsts = new Map<string, Arrival>();
  for (const arrival of arrivals) {
    for (const { id } of arrival.events) if (!firsts.has(id)) firsts.set(id, arrival);
  }
  return firsts;
}

/** What the last visit itself recorded nobody waits for. */
function lostOf(profiles: readonly ProfileLog[], onBus: ReadonlySet<string>): Record<string, number> {
  const recorded = profiles.flatMap(({ first, later }) => [first, ...later.slice(0, -1)]).flatMap(recordedIn);
  const lost = recorded.filter(({ id }) => !onBus.has(id));
  return Object.fromEntries(
    Object.entries(Object.groupBy(lost, ({ type }) => type)).map(([type, all = []]) => [type, all.length]),
  );
}
