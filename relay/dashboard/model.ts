/** What the live view shows: the newest records of the bus, joined, and what the relay says of itself. */
import type { Bus, Reader } from "../bus/port/bus.ts";
import { createArrivals } from "./arrivals.ts";
import { createPulse, type PulseSources, type SettledRound } from "./pulse.ts";
import { createSeries } from "./series.ts";
import type { ArrivedEvent, RequestPath, Sections } from "./state.ts";
import { verdict } from "./verdict.ts";
import { createView } from "./view.ts";

/** Records of each partition, before the view opened, that it begins with. */
const HISTORY = 20_000;
/** For how long a failed reading is told, milliseconds: longer than the next one takes to fail. */
const UNREAD_MS = 15_000;
/** For how long sections are sent as they are, milliseconds: several pages may ask. Longer where to make them takes long: the relay goes first. */
const FRESH_MS = 400;
const MOST_SHARE = 0.05;

/** A model that follows a bus until it is aborted. */
export interface LiveModel {
  sections(): Sections;
  /** Events that came or changed after `revision`, 0 for all that is remembered; `view` counts up where all is read anew, and lists begin again. */
  arrivals(revision: number): { view: number; revision: number; events: ArrivedEvent[] };
  /** An event's JSON, redacted; undefined where it is forgotten. */
  json(n: number): string | undefined;
  /** The path of a request; undefined where it is not known. */
  findRequest(request_id: string): RequestPath | undefined;
  /** Outcomes of the last half hour that are old enough to be judged. */
  joins(): { outcomes: number; joined: number };
  /** The relay has settled a round. */
  onRound(round: SettledRound): void;
}

interface LiveModelOptions extends PulseSources {
  bus: Pick<Bus, "name"> & Reader;
  /** Topics to follow, with prefix. */
  topics: string[];
  /** Why the relay takes nothing; undefined while it takes. */
  notTaking: () => string | undefined;
  signal: AbortSignal;
  /** Following begins when the bus was opened. */
  opened: Promise<void>;
  /** Told why following failed; it begins again after a second. */
  onError: (error: unknown) => void;
}

/** Starts to follow the bus. */
export function createLiveModel({ bus, topics, notTaking, signal, opened, onError, ...sources }: LiveModelOptions): LiveModel {
  const pulse = createPulse(sources);
  let views = 1;
  let arrivals = createArrivals();
  let series = createSeries();
  let view = createView(arrivals, series);
  let unread: { reason: string; until: number } | undefined;
  let made: { sections: Sections; until: number } | undefined;

  const follow = async (): Promise<void> => {
    await opened;
    for (let isFirst = true; !signal.aborted; isFirst = false) {
      if (!isFirst) {
        views++;
        arrivals = createArrivals(arrivals.since(0).revision);
        series = createSeries();
        view = createView(arrivals, series);
      }
      try {
        for await (const record of bus.read({ topics, from: { last: HISTORY }, follow: true, signal })) {
          unread = undefined;
          view.add(record);
        }
      } catch (error) {
        if (!signal.aborted) onError(error);
        unread = {
          reason: `the relay takes, but this view cannot read the bus: ${(error as Error).message}`,
          until: Date.now() + UNREAD_MS,
        };
      }
      await new Promise((resolve) => setTimeout(resolve, 1000).unref());
    }
  };
  void follow();
  // A bus without records does not say that it can be read again.
  const unreadReason = (now: number): string | undefined => (unread && unread.until > now ? unread.reason : undefined);

  const make = (now: number): Sections => {
    const { events, since, newest, caveats, funnel, rates, problems, ...counts } = view.figures();
    const relay = pulse.section(now);
    const trouble = troubleOf(notTaking(), unreadReason(now));
    const dead_lettered = relay.dead_lettered.reduce((sum, { n }) => sum + n, 0);
    return {
      status: { bus: bus.name, trouble, since, newest, records: events },
      verdict: verdict({
        ...counts,
        events,
        trouble,
        problems,
        funnel,
        rates,
        dead_lettered,
        caveats,
      }),
      funnel,
      rates,
      relay,
      problems,
      series: series.section(),
    };
  };

  return {
    sections() {
      const now = Date.now();
      if (made !== undefined && made.until > now) return made.sections;
      const began = performance.now();
      const sections = make(now);
      made = { sections, until: now + Math.max(FRESH_MS, (performance.now() - began) / MOST_SHARE) };
      return sections;
    },
    arrivals: (revision) => ({ view: views, ...arrivals.since(revision) }),
    json: (n) => arrivals.json(n),
    findRequest: (request_id) => view.findRequest(request_id),
    joins: () => view.joins(Date.now()),
    onRound(round) {
      series.addRound(round.settledAt, pulse.onRound(round));
    },
  };
}

/** In words: what the relay does not do, or the view. */
function troubleOf(notTaking: string | undefined, unread: string | undefined): string | null {
  return notTaking === undefined ? (unread ?? null) : `nothing is taken: ${notTaking}`;
}
