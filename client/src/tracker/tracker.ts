import type { Attribution } from "./attribution.ts";
import { createEngine, type Engine } from "./engine.ts";
import type { DetailsOf, EventName, OutcomeDetails, TrackArguments } from "./event-details.ts";
import { trackerError, type Report } from "../errors/errors.ts";
import type { DebugNote } from "./items.ts";
import { attempt } from "../lib/attempt.ts";
import { createGuard } from "../errors/guard.ts";
import type { Consent, Experiment, TrackerOptions, Unit } from "./options.ts";
import { readOptions, readUnit, UNIT } from "./read-options.ts";
import { createRequests } from "./requests.ts";
import type { RequestJson, SightlineRequest, TrackDetails } from "./request.ts";
import { createCounts, type TrackerStats } from "../delivery/stats.ts";
import type { WireContext } from "../wire/index.ts";

/** Records what users saw and did. No method throws: what goes wrong is told to `onError`. */
export interface Tracker {
  /**
   * Opens a request for a surface, for example `home.top_picks`: with a new id, or with the one that the server gave. The same id on the
   * same surface is the same request; on a second surface it is refused with `surface_conflict`, and what it returns records nothing.
   */
  request(options: { surface: string; requestId?: string | undefined }): SightlineRequest;
  /** Opens a request that `toJSON` wrote, on this page or on an earlier one; what was exposed stays exposed. A server's that is old gets a new id. */
  resume(json: RequestJson): SightlineRequest;
  /** Records an outcome in the request in which the item was last seen or clicked on, by this unit in this browser, within 30 days; else in none. */
  outcome<Type extends EventName>(type: Type, details: DetailsOf<Type, OutcomeDetails>): void;
  /** That request for each of the items, for a backend that logs the outcome; items that are not known are left out. */
  attributionFor(itemIds: readonly string[]): Attribution[];
  /** Records an event of any registered type, in a request or in none. */
  track<Type extends EventName>(type: Type, ...details: TrackArguments<DetailsOf<Type, TrackDetails>>): void;
  /** Who later events are about; undefined is the anonymous device again. Attribution belongs to a unit: another one finds its own. */
  setUnit(unit: Unit | undefined): void;
  /**
   * For a log-out, on a browser that several people use: later events are about a new anonymous device, and what was seen or clicked on so
   * far is forgotten, in all tabs. What waits to be sent is sent as it was made.
   */
  reset(): void;
  /** The context of later events, in place of the one before. */
  setContext(context: WireContext): void;
  /** The experiments of later events, in place of those before. */
  setExperiments(experiments: readonly Experiment[]): void;
  /** `denied` stops everything, and removes what this origin has stored for the write key, in all tabs; `granted` starts, or starts again. */
  consent(state: Consent): void;
  /** Sends what is queued; resolves when it is sent, or when a request has failed (it is made again later by itself). */
  flush(): Promise<void>;
  /** What became of the events so far. */
  stats(): TrackerStats;
  /** Sends what is queued and ends the tracker: nothing is watched, recorded or sent from then on. What is left waits for the next page. */
  close(): Promise<void>;
}

/**
 * Makes a tracker. With wrong options it says so on the console, and the tracker does nothing; on a server too it does nothing, but
 * its requests have their ids, for the page to resume.
 */
export function createTracker(options: TrackerOptions): Tracker {
  const { onError, debug } = Object(options) as TrackerOptions;
  const tell = debug === true ? console.debug : debug;
  // The page's own functions may fail: that must not stop the SDK, nor come back through it.
  const told = new Set<unknown>();
  const report: Report = (code, message, cause) =>
    attempt(() => {
      const error = trackerError(code, message, cause);
      const kind = typeof cause === "string" ? cause : code;
      if (onError) onError(error);
      else if (!told.has(kind))
        console.warn(`${error.message} (${code}, told once: onError gets each, tracker.stats() the counts)`);
      told.add(kind);
    });
  const note = (what: DebugNote): void => void attempt(() => tell && tell(what));
  const guard = createGuard(report);
  let engine: Engine | undefined;
  try {
    const settings = readOptions(options);
    if (globalThis.document) engine = createEngine(settings, report, note);
  } catch (error) {
    console.error("[sightline] nothing is recorded:", error);
  }
  return {
    ...createRequests(engine, guard, report, note),
    outcome: guard((type, details) => engine?.record(type, engine.find([details.itemId])[0] ?? {}, details)),
    attributionFor: guard((itemIds) => engine?.find(itemIds) ?? [], []),
    track: guard((type: EventName, { request, ...details }: TrackDetails = {}) =>
      request ? request.outcome(type, details as OutcomeDetails) : engine?.record(type, {}, details),
    ),
    setUnit: guard((unit) => {
      const texts = unit && readUnit(unit);
      if (unit && !texts) throw new TypeError(`expected ${UNIT}`);
      engine?.change({ unit: texts });
    }),
    reset: guard(() => engine?.reset()),
    setContext: guard((context) => engine?.change({ context })),
    setExperiments: guard((experiments) => engine?.change({ experiments })),
    consent: guard((state) => engine?.consent(state)),
    flush: async () => engine?.flush(),
    stats: () => engine?.stats() ?? { ...createCounts(), queued: 0, retryIn: 0, storage: "none" },
    close: async () => engine?.close(),
  };
}
