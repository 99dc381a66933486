/** What works behind a tracker: it freezes events into the queue, sends them, watches elements, and follows the page's life. */
import { createPump } from "./pump.ts";
import { createQueue } from "./queue.ts";
import { createSend, eventsUrl } from "./send.ts";
import { createVisibility } from "./visibility.ts";
import { nanoid } from "nanoid";
import type { Report } from "./errors.ts";
import { followPage } from "./lib/follow-page.ts";
import { utf8Length } from "./lib/utf8-length.ts";
import type { Settings } from "./options.ts";
import { recordKey } from "./record.ts";
import type { Watched } from "./request.ts";
import { createCounts, tally, type DropCause, type TrackerStats } from "./stats.ts";
import { WIRE_LIMITS, type WireCommon, type WireEvent } from "./wire.ts";

/** The working part of a tracker. */
export interface Engine {
  record(type: string, fields: Partial<WireEvent>): void;
  watch(element: Element, watched: Watched): () => void;
  flush(): Promise<void>;
  stats(): TrackerStats;
  close(): Promise<void>;
}

/** The engine of a tracker that does nothing: on a server, and after wrong options. */
export const IDLE_ENGINE: Engine = {
  record() {},
  watch: () => () => {},
  flush: async () => {},
  stats: () => ({ ...createCounts(), queued: 0, storage: "memory" }),
  close: async () => {},
};

/** Starts an engine; a prerendered page's waits for its activation. `onSeen` gets what was seen in the same moment. */
export function createEngine(settings: Settings, report: Report, onSeen: (seen: Watched[]) => void): Engine {
  const { writeKey, batchSize, flushInterval } = settings;
  const session = nanoid();
  const common = JSON.stringify(commonOf(settings));
  const counts = createCounts();
  const drop = (cause: DropCause, n: number): void => {
    tally(counts.dropped, cause, n);
    report("dropped", `${n} events were given up: ${cause}`);
  };
  const onBlocked = (cause: unknown): void => report("storage_blocked", `IndexedDB is not to be had: ${String(cause)}`, cause);
  const queue = createQueue({ name: `sightline-${writeKey}`, session, bounds: settings.maxQueue, onDrop: drop, onBlocked });
  const pump = createPump({ queue, send: createSend(eventsUrl(settings.endpoint, writeKey)), counts, report, batchSize });
  const visibility = createVisibility<Watched>(settings.viewability, onSeen);
  let lastTime = 0;
  let waiting = 0;

  const leave = (): void => {
    visibility.pause();
    pump.sendNow();
    queue.spill();
  };
  const page = followPage({
    start: () => void queue.open().then(() => pump.schedule(0)),
    show: visibility.resume,
    hide() {
      visibility.pause();
      pump.sendNow();
    },
    leave,
    back: () => void queue.back().then(() => pump.schedule(0)),
    online: () => void pump.hurry(),
  });

  function wake(): void {
    if (!page.isStarted()) return;
    if (page.isLeaving()) return leave();
    const isFull = ++waiting >= batchSize;
    if (isFull) waiting = 0;
    pump.schedule(isFull || document.hidden ? 0 : flushInterval);
  }

  function record(type: string, fields: Partial<WireEvent>): void {
    const seq = ++counts.tracked;
    const event_id = `${session}-${seq}`;
    const event = { event_id, event_type: type, timestamp: new Date().toISOString(), ...fields, seq };
    let body: string;
    try {
      body = JSON.stringify(event);
    } catch {
      return drop("unserialisable", 1);
    }
    if (utf8Length(body) > WIRE_LIMITS.eventBytes) return drop("too_large", 1);
    // A clock that is set back must not put an outcome before its exposure.
    lastTime = Math.max(lastTime, Date.now());
    queue.add({ key: recordKey(lastTime, session, seq), body, common });
    wake();
  }

  const flush = async (): Promise<void> => {
    if (page.isStarted()) await pump.hurry();
  };
  return {
    record,
    watch: visibility.watch,
    flush,
    stats: () => ({ ...structuredClone(counts), queued: queue.size(), storage: queue.storage() }),
    async close() {
      page.stop();
      visibility.close();
      await flush();
      pump.stop();
    },
  };
}

function commonOf({ unit, context, experiments }: Settings): WireCommon {
  const list = experiments?.map(({ experimentId, variantId }) => ({ experiment_id: experimentId, variant_id: variantId }));
  return { unit_type: unit.type, unit_id: unit.id, ...(context && { context }), ...(list && { experiments: list }) };
}
