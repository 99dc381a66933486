/** What works behind a tracker: it freezes events into the queue, sends them, watches elements, and follows the page's life and consent. */
import { nanoid } from "nanoid";
import { createHistory, type Attribution } from "./attribution.ts";
import type { EventDetails } from "./event-details.ts";
import type { Report } from "../errors/errors.ts";
import { writeHead, type Common } from "./head.ts";
import { wireItem, type DebugNote, type Item } from "./items.ts";
import { createConsentChannel } from "./consent-channel.ts";
import { hash } from "../lib/hash.ts";
import { isEcho } from "../lib/is-echo.ts";
import { isKept } from "../lib/is-kept.ts";
import { drop as forget, load, save } from "../lib/local.ts";
import { textOf } from "../lib/text-of.ts";
import { utf8Length } from "../lib/utf8-length.ts";
import { writeJson } from "../lib/write-json.ts";
import { ID_TEXT, type Consent, type Settings } from "./options.ts";
import { createPump } from "../delivery/pump.ts";
import { createQueue } from "../delivery/queue.ts";
import { createSend, eventsUrl } from "../delivery/send.ts";
import { createCounts, tally, type DropCause, type TrackerStats } from "../delivery/stats.ts";
import { createVisibility } from "../exposure/visibility.ts";
import { EVENT_BYTES, EVENTS, type Basis, type Json, type WireEvent } from "../wire/index.ts";

const REPORT = "client_report";

/** What an event is worth when the queue is full; others are worth 1. */
const RANKS: Record<string, number> = { decision: 0, exposure: 0, purchase: 2, conversion: 2, [REPORT]: 3 };

/** What an event holds, before it is one of the wire. */
export type Details = EventDetails & { items?: readonly Item[]; basis?: Basis | undefined };

/** Starts an engine; without consent, or on a prerendered page, it waits. */
export function createEngine(settings: Settings, report: Report, note: (note: DebugNote) => void) {
  const { writeKey, flushInterval, batchSize, sampleRate, respectGpc, scrub = (event) => event } = settings;
  const name = `sightline-${writeKey}`;
  const deviceKey = `${name}~device`;
  const session = nanoid();
  const isOpen = (): boolean => started && consent === "granted";
  const history = createHistory(`${name}~history`, isOpen);
  const counts = createCounts();
  const life = new AbortController();
  let common: Common = settings;
  let device = nanoid();
  let head = "";
  let headSize = 0;
  let consent = settings.consent;
  // https://www.w3.org/TR/gpc/#javascript-property-to-detect-preference
  let isBarred = respectGpc && (navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl;
  if (isBarred) consent = "denied";
  let unreported: { previous?: Json; dropped?: Record<string, number> } = {};
  let started = false;
  let leaving = false;
  let lastTime = 0;
  let isNoIdTold = false;

  const queue = createQueue({
    name,
    bounds: settings.maxQueue,
    onDrop: drop,
    onBlocked: (cause) => report("storage_blocked", String(cause), cause),
    onAdopt({ head: before, body }) {
      const { session_id, seq } = JSON.parse(`{${before},${body.slice(1)}`) as { session_id: string; seq: number };
      unreported.previous = { session_id, last_seq: seq };
    },
  });
  const { send, withdraw } = createSend(eventsUrl(settings.endpoint, writeKey));
  const pump = createPump({
    queue,
    send,
    counts,
    report,
    most: EVENTS,
    onVerdict: reportLosses,
  });
  const channel = createConsentChannel(name, choose);
  const visibility = createVisibility(settings.viewability);
  const wakeUp = (): void => pump.schedule(0);
  const on = (target: EventTarget, type: string, act: () => void): void => target.addEventListener(type, act, life);

  /** From now on events are made with other common fields. Without a unit they are about the device, whose id is kept. */
  function change(to?: Common): void {
    common = { ...common, ...to };
    head = "";
    if (isOpen() && !common.unit) save(deviceKey, (device = load(deviceKey) ?? device));
  }

  /** Stands for whom attribution belongs to, without naming the unit in storage: 0 for the device. */
  const owner = (): number => (common.unit ? hash(JSON.stringify(common.unit)) : 0);

  function start(): void {
    started = true;
    on(document, "visibilitychange", look);
    on(window, "online", flush);
    on(window, "pagehide", leave);
    channel.open();
    on(window, "pageshow", () => {
      if (!leaving) return;
      leaving = false;
      channel.open();
      look();
      if (isOpen()) void queue.back().then(wakeUp);
    });
    set(consent);
  }

  /** Time counts where the user can see the page; where not, this may be the last that the page hears. */
  function look(): void {
    const isAway = leaving || document.hidden;
    visibility.count(!isAway && consent !== "denied");
    if (isAway && isOpen()) pump.sendNow();
  }

  function leave(): void {
    leaving = true;
    reportLosses();
    look();
    queue.spill();
    channel.close();
  }

  /** Takes a choice of the user's, made here or in another tab; true where it is news. */
  function choose(state: Consent): boolean {
    const isNews = state !== consent && state !== "pending" && !isBarred;
    if (isNews) set(state);
    return isNews;
  }

  /** Starts to store and to send, or removes what is stored, as consent has it. */
  function set(state: Consent): void {
    const before = device;
    consent = state;
    if (state === "denied") {
      device = nanoid();
      forget(deviceKey);
      history.forget();
      queue.purge();
      withdraw();
    }
    change();
    if (isOpen()) {
      for (const held of queue.free()) held.head = held.head.replace(before, device);
      history.write();
      void queue.open().then(wakeUp);
    }
    look();
  }

  function drop(cause: DropCause, n = 1): void {
    tally(counts.dropped, cause, n);
    tally((unreported.dropped ??= {}), cause, n);
    report("dropped", `${n} events: ${cause}`, cause);
  }

  /** What was given up, and where the session before ended: told once the collector can be reached, or when the page goes. */
  function reportLosses(): void {
    const payload = unreported;
    unreported = {};
    if (payload.dropped ?? payload.previous) record(REPORT, {}, { payload });
  }

  /** Records an event of a request, or of none. */
  function record(type: string, of: Partial<Attribution>, details: Details): void {
    const { itemId, position = of.position, items, basis, ...rest } = details;
    const item_id = textOf(itemId);
    const named = items?.filter((item) => textOf(item.itemId));
    if (("itemId" in details && !item_id) || named?.length !== items?.length) {
      if (!isNoIdTold) report("wrong_call", `itemId: ${ID_TEXT} was expected`);
      isNoIdTold = true;
      if (!named?.length) return;
    }
    if (isBarred || consent === "denied" || (item_id && isEcho(type, [of.requestId, item_id]))) return;
    // A clock that is set back must not put an outcome before its exposure.
    lastTime = Math.max(lastTime, Date.now());
    const { requestId: request_id, surface } = of;
    const rate = sampleRate[type] ?? 1;
    if (rate < 1 && !isKept(request_id ?? nanoid(), rate)) return;
    const seq = ++counts.tracked;
    const event = {
      event_id: `${session}-${seq}`,
      event_type: type,
      timestamp: new Date().toISOString(),
      request_id,
      surface,
      item_id,
      position,
      items: named?.map((item) => wireItem(item, basis)),
      ...rest,
      seq,
      sample_rate: rate < 1 ? rate : undefined,
    };
    try {
      if (!head) {
        head = writeHead(common, session, device, scrub);
        headSize = utf8Length(head);
      }
      // A report holds counts alone: what is taken out of it would be reported again.
      const kept = type === REPORT ? (event as Partial<WireEvent>) : scrub(event as Partial<WireEvent>);
      if (!kept || !head) return drop("scrubbed");
      const body = writeJson(kept);
      const size = utf8Length(body);
      if (size + headSize > EVENT_BYTES) return drop("too_large");
      queue.add({ head, body, size, rank: RANKS[type] ?? 1 });
      history.note(kept, lastTime, owner());
      note({ event: kept });
    } catch (error) {
      if (error instanceof RangeError) report("wrong_call", error.message);
      return drop("unserialisable");
    }
    if (leaving) leave();
    else if (isOpen()) pump.schedule(seq % batchSize === 0 || document.hidden ? 0 : flushInterval);
  }

  async function flush(): Promise<void> {
    if (isOpen()) await pump.hurry();
  }

  // https://developer.mozilla.org/docs/Web/API/Document/prerendering
  if ((document as { prerendering?: boolean }).prerendering) on(document, "prerenderingchange", start);
  else start();

  return {
    record,
    watch: visibility.watch,
    change,
    find: (itemIds: readonly string[]): Attribution[] => history.find(itemIds, owner()),
    /** Another person may sit down: nothing of the one before is known any more. */
    reset(): void {
      device = nanoid();
      forget(deviceKey);
      history.forget();
      change({ unit: undefined });
    },
    consent(state: Consent): void {
      if (choose(state)) channel.tell(state);
    },
    flush,
    stats: (): TrackerStats => ({
      ...counts,
      rejected: { ...counts.rejected },
      dropped: { ...counts.dropped },
      queued: queue.size(),
      storage: consent === "denied" ? "none" : queue.storage(),
    }),
    async close(): Promise<void> {
      reportLosses();
      const sent = flush();
      isBarred = true;
      life.abort();
      channel.close();
      visibility.close();
      await sent;
      pump.stop();
    },
  };
}

/** The working part of a tracker. */
export type Engine = ReturnType<typeof createEngine>;
