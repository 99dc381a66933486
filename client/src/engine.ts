/** What works behind a tracker: it freezes events into the queue, sends them, watches elements, and follows the page's life and consent. */
import { nanoid } from "nanoid";
import { createHistory, type History } from "./attribution.ts";
import type { Report } from "./errors.ts";
import { createHead, type Common } from "./head.ts";
import type { DebugNote } from "./items.ts";
import { followPage } from "./lib/follow-page.ts";
import { isKept } from "./lib/is-kept.ts";
import { utf8Length } from "./lib/utf8-length.ts";
import type { Consent, Settings } from "./options.ts";
import { createPump } from "./pump.ts";
import { createQueue } from "./queue.ts";
import type { Watched } from "./request.ts";
import { createSend, eventsUrl } from "./send.ts";
import { createCounts, tally, type DropCause, type TrackerStats } from "./stats.ts";
import { createVisibility } from "./visibility.ts";
import { EVENT_BYTES, EVENTS, type Json, type WireEvent } from "./wire.ts";

/** The working part of a tracker. */
export interface Engine {
  record(type: string, fields: Partial<WireEvent>): void;
  watch(element: Element, watched: Watched): () => void;
  /** From now on events are made with these. */
  change(change: Common): void;
  find: History["find"];
  consent(state: Consent): void;
  flush(): Promise<void>;
  stats(): TrackerStats;
  close(): Promise<void>;
}

/** Whom an engine tells. */
export interface EngineHooks {
  report: Report;
  /** What was seen in the same moment. */
  onSeen: (seen: Watched[]) => void;
  onRendered: (rendered: Watched, element: Element) => void;
  onDebug: (note: DebugNote) => void;
}

/** What an event is worth when the queue is full; others are worth 1. */
const RANKS: Record<string, number> = { decision: 0, exposure: 0, purchase: 2, conversion: 2, client_report: 3 };

/** Starts an engine; without consent, or on a prerendered page, it waits. */
export function createEngine(settings: Settings, { report, onSeen, onRendered, onDebug }: EngineHooks): Engine {
  const { writeKey, flushInterval, batchSize, sampleRate, scrub = (event) => event } = settings;
  const name = `sightline-${writeKey}`;
  const session = nanoid();
  const head = createHead(settings, session, `${name}~device`, scrub);
  const history = createHistory(`${name}~history`);
  const counts = createCounts();
  // https://www.w3.org/TR/gpc/#javascript-property-to-detect-preference
  const isBarred = settings.respectGpc && (navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl;
  let consent: Consent = isBarred ? "denied" : settings.consent;
  let unreported: { [key: string]: Json } | undefined;
  let started = false;
  let leaving = false;
  let lastTime = 0;
  let waiting = 0;

  const queue = createQueue({
    name,
    bounds: settings.maxQueue,
    onDrop: drop,
    onBlocked: (cause) => report("storage_blocked", String(cause), cause),
    onDeleted: () => set("denied"),
    onAdopt({ head: before, body }) {
      const { session_id, seq } = JSON.parse(`{${before},${body.slice(1)}`) as { session_id: string; seq: number };
      unreported = { ...unreported, previous: { session_id, last_seq: seq } };
    },
  });
  const send = createSend(eventsUrl(settings.endpoint, writeKey));
  const pump = createPump({ queue, send, counts, report, most: EVENTS, onVerdict: reportLosses });
  const visibility = createVisibility<Watched>(settings.viewability, onSeen, onRendered);
  const isOpen = (): boolean => started && consent === "granted";
  const wakeUp = (): void => pump.schedule(0);

  const stopFollowing = followPage({
    start() {
      started = true;
      set(consent);
    },
    show() {
      if (consent !== "denied") visibility.resume();
    },
    hide,
    leave() {
      leaving = true;
      leave();
    },
    back() {
      leaving = false;
      if (isOpen()) void queue.back().then(wakeUp);
    },
    online: flush,
  });

  function hide(): void {
    visibility.pause();
    if (isOpen()) pump.sendNow();
  }

  function leave(): void {
    reportLosses();
    hide();
    queue.spill();
  }

  /** Starts to store and to send, or removes what is stored, as consent has it. */
  function set(state: Consent): void {
    consent = state;
    if (state === "denied") {
      visibility.pause();
      queue.purge();
      history.open(false);
      head.open(false);
    } else if (isOpen()) {
      const [before, after] = head.open(true);
      for (const held of queue.free()) held.head = held.head.replace(before, after);
      history.open(true);
      void queue.open().then(wakeUp);
    }
  }

  function drop(cause: DropCause, n = 1): void {
    tally(counts.dropped, cause, n);
    unreported = { ...unreported, dropped: { ...(unreported?.["dropped"] as object) } };
    tally(unreported["dropped"] as Record<string, number>, cause, n);
    report("dropped", `${n} events: ${cause}`);
  }

  /** What was given up, and where the session before ended: told once the collector can be reached, or when the page goes. */
  function reportLosses(): void {
    const payload = unreported;
    unreported = undefined;
    if (payload) record("client_report", { payload });
  }

  function record(type: string, fields: Partial<WireEvent>): void {
    if (consent === "denied") return;
    // A clock that is set back must not put an outcome before its exposure.
    lastTime = Math.max(lastTime, Date.now());
    history.note(type, fields, lastTime);
    const rate = sampleRate[type] ?? 1;
    if (rate < 1 && !isKept(fields.request_id ?? nanoid(), rate)) return;
    const seq = ++counts.tracked;
    const timestamp = new Date().toISOString();
    const event = { event_id: `${session}-${seq}`, event_type: type, timestamp, ...fields, seq };
    try {
      const kept = scrub((rate < 1 ? { ...event, sample_rate: rate } : event) as Partial<WireEvent>);
      if (!kept) return drop("scrubbed");
      const body = JSON.stringify(kept);
      const size = utf8Length(body);
      if (size + head.text().length > EVENT_BYTES) return drop("too_large");
      queue.add({ head: head.text(), body, size, at: lastTime, rank: RANKS[type] ?? 1 });
      onDebug({ event: kept });
    } catch {
      return drop("unserialisable");
    }
    if (leaving) leave();
    else if (isOpen()) {
      waiting = (waiting + 1) % batchSize;
      pump.schedule(waiting === 0 || document.hidden ? 0 : flushInterval);
    }
  }

  async function flush(): Promise<void> {
    if (isOpen()) await pump.hurry();
  }

  return {
    record,
    watch: visibility.watch,
    change: head.change,
    find: history.find,
    consent(state) {
      if (state === consent || state === "pending" || isBarred) return;
      set(state);
      if (!document.hidden && state !== "denied") visibility.resume();
    },
    flush,
    stats: () => ({ ...structuredClone(counts), queued: queue.size(), storage: consent === "denied" ? "none" : queue.storage() }),
    async close() {
      stopFollowing();
      visibility.close();
      await flush();
      pump.stop();
    },
  };
}
