/** What was seen of the bus since it is followed, counted in every way that the page shows. */
import type { Envelope, Rejection } from "@sightline/worker/envelope";
import type { StoredRecord } from "../bus/port/bus.ts";
import { caveatsOf } from "../analysis/caveats.ts";
import type { JoinListener } from "../analysis/join-listener.ts";
import { createJoiner, type Joined } from "../analysis/joiner.ts";
import { createUnreadable, isRejection, readEvent } from "../analysis/read-event.ts";
import { formatNumber } from "../lib/format-number.ts";
import type { Arrivals } from "./arrivals.ts";
import { WATERMARK_MS } from "../analysis/watermark.ts";
import { createOrphans } from "./orphans.ts";
import { createPaths } from "./paths.ts";
import { createVariants, ratesSection } from "./rates.ts";
import { createRefusals } from "./refusals.ts";
import type { Series } from "./series.ts";
import { createStages } from "./stages.ts";

/** Exposures that it joins against; older ones are forgotten. */
export const MAX_EXPOSURES = 50_000;

/** Makes it, empty; what it sees goes into `arrivals` and `series`. */
export function createView(arrivals: Arrivals, series: Series) {
  const unreadable = createUnreadable();
  const stages = createStages();
  const variants = createVariants();
  const refusals = createRefusals();
  const paths = createPaths();
  let events = 0;
  let since: string | null = null;
  let newest: string | null = null;
  /** When the collector had its newest event, milliseconds since 1970: from there on time is counted, whatever clock it has. */
  let asOf = 0;

  const timed: JoinListener = {
    onJoined({ name }, _item, late) {
      const orphan = late ? orphans.take(name) : undefined;
      if (!orphan) return;
      arrivals.markJoined(orphan);
      series.joinLate(Date.parse(orphan.published_at));
    },
  };
  const joiner = createJoiner({ maxExposures: MAX_EXPOSURES, listener: both(both(stages.listener, variants.listener), timed) });
  const orphans = createOrphans(joiner.knownOf);

  const verdictOf = (event: Envelope | Envelope<Rejection>): Joined | "rejected" =>
    isRejection(event) ? "rejected" : joiner.add(event);

  const add = (record: StoredRecord): void => {
    const event = readEvent(record);
    if (since === null || record.publishedAt < since) since = record.publishedAt;
    if (newest === null || record.publishedAt > newest) newest = record.publishedAt;
    if (event === undefined) return unreadable.add(record);
    events++;
    asOf = Math.max(asOf, Date.parse(event.received_at) || 0);
    const verdict = verdictOf(event);
    const arrived = arrivals.add(event, verdict, record);
    const at = Date.parse(record.publishedAt);
    paths.add(arrived);
    series.addEvent(at, isRejection(event) ? "refused" : event.event_type);
    if (isRejection(event)) return refusals.add(event, arrived);
    if (verdict === "exposure") orphans.expose(event);
    if (verdict === "orphan") orphans.add(event, arrived);
    if (verdict === "joined" || verdict === "orphan") series.addOutcome(at, verdict === "joined");
  };

  return {
    add,
    findRequest: paths.find,
    /** Of the outcomes that are old enough to be judged, in the span of the series. */
    joins: (now: number) => series.outcomesBefore(now - WATERMARK_MS),
    /** All that does not come from the relay. */
    figures() {
      const figures = joiner.figures();
      return {
        events,
        since,
        newest,
        joined: figures.joined,
        orphans: figures.orphans,
        exposures: figures.exposures,
        funnel: stages.figures(),
        rates: ratesSection(figures.by_position, variants.counts),
        problems: {
          orphans: orphans.groups(figures.orphans, asOf),
          refused: refusals.groups(),
        },
        caveats: [...caveatsOf({ ...figures, unreadable: unreadable.figures() }), ...forgottenOf(figures.exposures)],
      };
    },
  };
}

function forgottenOf(exposures: number): string[] {
  if (exposures <= MAX_EXPOSURES) return [];
  const [kept, all] = [MAX_EXPOSURES, exposures].map(formatNumber);
  return [
    `this view remembers the newest ${kept} of ${all} exposures: outcomes of older ones are orphans here, and joined in sightline verify`,
  ];
}

function both(a: JoinListener, b: JoinListener): JoinListener {
  return {
    onDecided: (surface) => (a.onDecided?.(surface), b.onDecided?.(surface)),
    onDecidedSeen: (surface) => (a.onDecidedSeen?.(surface), b.onDecidedSeen?.(surface)),
    onExposed: (exposure) => (a.onExposed?.(exposure), b.onExposed?.(exposure)),
    onJoined: (outcome, item, late) => (a.onJoined?.(outcome, item, late), b.onJoined?.(outcome, item, late)),
    onOrphan: (outcome) => (a.onOrphan?.(outcome), b.onOrphan?.(outcome)),
  };
}
