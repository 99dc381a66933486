import { createEngine, IDLE_ENGINE, type Engine } from "./engine.ts";
import { trackerError, type Report } from "./errors.ts";
import type { Item } from "./items.ts";
import { createGuard } from "./lib/guard.ts";
import { readOptions, type Settings, type TrackerOptions } from "./options.ts";
import { createRegistry, isRequestId } from "./registry.ts";
import { createRequest, createState, expose, type RequestJson, type RequestPort, type SightlineRequest } from "./request.ts";
import type { RequestState, Watched } from "./request.ts";
import type { TrackerStats } from "./stats.ts";

/** Records what users saw and did. No method throws: what goes wrong is told to `onError`. */
export interface Tracker {
  /**
   * Opens a request for a surface, for example `home.top_picks`: with a new id, or with the one that the server gave. The same id on the
   * same surface is the same request; on a second surface it is refused with `surface_conflict`, and what it returns records nothing.
   */
  request(options: { surface: string; requestId?: string | undefined }): SightlineRequest;
  /** Opens a request that `toJSON` wrote, on this page or on an earlier one; what was exposed stays exposed. */
  resume(json: RequestJson): SightlineRequest;
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
  const { settings, problems } = readOptions(options);
  if (problems.length > 0) console.error(`[sightline] wrong options, nothing is recorded. ${problems.join("; ")}`);
  const report = createReport(settings);
  const guard = createGuard(report);
  const registry = createRegistry(report);
  let engine = IDLE_ENGINE;
  const port: RequestPort = {
    record: (type, fields) => engine.record(type, fields),
    watch: (element, watched) => engine.watch(element, watched),
    adopt: registry.adopt,
    guard,
  };
  if (problems.length === 0) engine = startEngine(settings, report, (seen) => exposeSeen(port, seen));

  const open = (surface: string, id?: string): RequestState | undefined => {
    const isReadable = id === undefined || isRequestId(id);
    if (!isReadable)
      report("wrong_call", "a request id of 8 to 64 characters of A-Z a-z 0-9 _ - was expected; a new one is used");
    return registry.open(surface, isReadable ? id : undefined);
  };
  const mute: RequestPort = { ...IDLE_ENGINE, adopt() {}, guard };
  const refused = (id = "", surface = ""): SightlineRequest => createRequest(mute, createState(id, surface));

  return {
    request: guard(({ surface, requestId }) => {
      const state = open(surface, requestId);
      return state ? createRequest(port, state) : refused(requestId, surface);
    }, refused()),
    resume: guard(({ id, surface, exposed }) => {
      const state = open(surface, id);
      for (const key of exposed) state?.exposed.add(key);
      return state ? createRequest(port, state) : refused(id, surface);
    }, refused()),
    flush: () => engine.flush(),
    stats: () => engine.stats(),
    close() {
      const { close, stats } = engine;
      engine = { ...IDLE_ENGINE, stats };
      return close();
    },
  };
}

/** An engine, unless there is no page (a server) or the browser is too old for one. */
function startEngine(settings: Settings, report: Report, onSeen: (seen: Watched[]) => void): Engine {
  try {
    return typeof document === "undefined" ? IDLE_ENGINE : createEngine(settings, report, onSeen);
  } catch (error) {
    console.error("[sightline] nothing is recorded: this browser lacks what it takes.", error);
    return IDLE_ENGINE;
  }
}

function createReport({ onError }: Settings): Report {
  return (code, message, cause) => {
    try {
      onError?.(trackerError(code, message, cause));
    } catch {
      // The page's own handler failed: that must not stop the SDK, nor come back through it.
    }
  };
}

/** One exposure event for each request of which something was seen in this moment. */
function exposeSeen(port: RequestPort, seen: readonly Watched[]): void {
  for (const state of new Set(seen.map((watched) => watched.state))) {
    const items: Item[] = seen.filter((watched) => watched.state === state).map(({ item }) => item);
    expose(port, state, items, "viewable");
  }
}
