/** What works behind a tracker: it records events into the queue, sends them, watches elements, and follows the page's life and consent. */
import { nanoid } from "nanoid";
import { createQueueSender } from "../delivery/queue-sender.ts";
import { createQueue } from "../delivery/queue.ts";
import { createPost, eventsUrl } from "../delivery/post.ts";
import { createCounts, tally, type DropCause, type TrackerStats } from "../delivery/stats.ts";
import type { Report } from "../errors/errors.ts";
import { createVisibility } from "../exposure/visibility.ts";
import { EVENTS } from "../wire/index.ts";
import { createHistory, type Attribution } from "./attribution.ts";
import { createConsentChannel } from "./consent-channel.ts";
import { moveToDevice } from "./head.ts";
import type { DebugNote } from "./items.ts";
import type { Consent } from "./options.ts";
import type { Settings } from "./read-options.ts";
import { createRecorder, isOutcome, REPORT, type Details } from "./recorder.ts";
import { createSubject } from "./subject.ts";

/** What a tab has kept in localStorage as it was closed can be seen by others half a second later: a page that has looked looks once more. */
const LOOK_AGAIN_MS = 10_000;

/** Milliseconds that what was promised before a page went has to come true once it is back. */
const SETTLE_MS = 1_000;

const isSeen = (): boolean => !document.hidden;

/** Starts an engine; without consent, or on a prerendered page, it waits. */
export function createEngine(settings: Settings, report: Report, note: (note: DebugNote) => void) {
  const { writeKey } = settings;
  const name = `sightline-${writeKey}`;
  const session = nanoid();
  const counts = createCounts();
  const life = new AbortController();
  // https://www.w3.org/TR/gpc/#javascript-property-to-detect-preference
  const isOptedOut = settings.respectGpc && (navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl;
  let consent = isOptedOut ? "denied" : settings.consent;
  let unreported: Record<string, number> | undefined;
  let started = false;
  let leaving = false;
  let closed = false;

  const isOpen = (): boolean => started && consent === "granted";
  const mayRecord = (): boolean => !closed && consent !== "denied";
  const history = createHistory(`${name}~history`, isOpen);
  const subject = createSubject(settings, session, `${name}~device`, isOpen);
  const queue = createQueue({
    name,
    bounds: settings.maxQueue,
    onDrop: drop,
    onBlocked: (cause) => report("storage_blocked", String(cause), cause),
    onAdopt: () => sender.schedule(0),
  });
  const { post, giveUp } = createPost(eventsUrl(settings.endpoint, writeKey));
  const sender = createQueueSender({ queue, post, counts, report, most: EVENTS, isSeen, onVerdict: reportLosses });
  const recordEvent = createRecorder({ settings, session, counts, subject, queue, history, mayRecord, drop, report, note });
  const channel = createConsentChannel(name, choose);
  const visibility = createVisibility(settings.viewability);
  const on = (target: EventTarget, type: string, act: () => unknown): void => target.addEventListener(type, act, life);

  function start(): void {
    started = true;
    // What must not be lost is written first, and in a listener of its own: Firefox cuts the one that is running when a tab is closed.
    on(window, "pagehide", () => {
      reportLosses();
      queue.leave(sender.postsAll());
      leaving = true;
    });
    on(document, "visibilitychange", () => isSeen() || queue.hide());
    on(document, "visibilitychange", () => {
      look();
      // What an unseen page waits for is too long for one that is looked at.
      if (isSeen()) void flush();
    });
    on(window, "online", flush);
    on(window, "pagehide", () => {
      look();
      channel.close();
    });
    channel.open();
    on(window, "pageshow", () => {
      if (!leaving) return;
      leaving = false;
      channel.open();
      // Firefox and WebKit settle nothing that was answered while the page was away; Chromium does so at once.
      giveUp(SETTLE_MS);
      look();
      if (isOpen()) void queue.back().then(flush);
    });
    set(consent);
  }

  /** Time counts where the user can see the page; where not, this may be the last that the page hears. */
  function look(): void {
    const isAway = leaving || !isSeen();
    visibility.count(!isAway && mayRecord());
    if (isAway && isOpen()) sender.sendNow();
  }

  /** Takes a choice of the user's, made here or in another tab; true where it is news. */
  function choose(state: Consent): boolean {
    const isNews = state !== consent && state !== "pending" && !isOptedOut && (!closed || state === "denied");
    if (isNews) set(state);
    return isNews;
  }

  /** Starts to store and to send, or removes what is stored, as consent has it. */
  function set(state: Consent): void {
    const before = subject.device();
    consent = state;
    if (state === "denied") {
      subject.forgetDevice();
      history.forget();
      queue.purge();
      giveUp();
    }
    subject.change();
    if (isOpen()) {
      // Until now the device that is kept was not known.
      const device = subject.device();
      if (device !== before) for (const event of queue.free()) event.head = moveToDevice(event.head, before, device);
      history.write();
      queue.open();
      // What was recorded while the choice was open has waited.
      if (queue.size() > 0) sender.schedule(0);
      else void queue.look().then(() => sender.schedule(queue.lookIn()));
      setTimeout(() => isOpen() && queue.look(), LOOK_AGAIN_MS);
    }
    look();
  }

  function drop(cause: DropCause, n = 1): void {
    tally(counts.dropped, cause, n);
    tally((unreported ??= {}), cause, n);
    report("dropped", `${n} events: ${cause}`, cause);
  }

  /** What was given up: told once the collector can be reached, or when the page goes. */
  function reportLosses(): void {
    const dropped = unreported;
    unreported = undefined;
    if (dropped) record(REPORT, {}, { payload: { dropped } });
  }

  /** Records an event of a request, or of none, and sees to it that it is sent. */
  function record(type: string, of: Partial<Attribution>, details: Details): void {
    if (!recordEvent(type, of, details)) return;
    if (leaving) {
      queue.leave(sender.postsAll());
      look();
    } else if (isOpen()) {
      const isFull = counts.tracked % settings.batchSize === 0 || !isSeen();
      if (isFull || !isOutcome(type, details)) sender.schedule(isFull ? 0 : settings.flushInterval);
      else sender.soon(settings.flushInterval);
    }
  }

  async function flush(): Promise<void> {
    if (isOpen()) await sender.flush();
  }

  // https://developer.mozilla.org/docs/Web/API/Document/prerendering
  if ((document as { prerendering?: boolean }).prerendering) on(document, "prerenderingchange", start);
  else start();

  return {
    record,
    watch: visibility.watch,
    change: subject.change,
    find: (itemIds: readonly string[]): Attribution[] => history.find(itemIds, subject.owner()),
    /** Another person may sit down: nothing of the one before is known any more. */
    reset(): void {
      subject.forgetDevice();
      history.forget();
      subject.change({ unit: undefined });
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
      retryIn: sender.retryIn(),
      storage: consent === "denied" ? "none" : queue.storage(),
    }),
    async close(): Promise<void> {
      reportLosses();
      const sent = flush();
      closed = true;
      visibility.close();
      // The page may go meanwhile: then what is left is kept as ever.
      await sent;
      life.abort();
      channel.close();
      sender.stop();
    },
  };
}

/** The working part of a tracker. */
export type Engine = ReturnType<typeof createEngine>;
