import { nanoid } from "nanoid";
import type { Queue } from "../delivery/queue.ts";
import type { Counts, DropCause } from "../delivery/stats.ts";
import type { Report } from "../errors/errors.ts";
import { isEcho } from "../lib/is-echo.ts";
import { isKept } from "../lib/is-kept.ts";
import { textOf } from "../lib/text-of.ts";
import { utf8Length } from "../lib/utf8-length.ts";
import { writeJson } from "../lib/write-json.ts";
import { EVENT_BYTES, type Basis, type WireEvent } from "../wire/index.ts";
import type { Attribution, AttributionHistory } from "./attribution.ts";
import type { EventDetails } from "./event-details.ts";
import { wireItem, type DebugNote, type Item } from "./items.ts";
import { ID_TEXT, type Settings } from "./read-options.ts";
import type { Subject } from "./subject.ts";

/** The type of the SDK's own events, which tell what was lost. */
export const REPORT = "client_report";

/** What an event is worth when the queue is full; others are worth 1. */
const RANKS: Record<string, number> = { decision: 0, exposure: 0, purchase: 2, conversion: 2, [REPORT]: 3 };

/** What an event holds, before it is one of the wire. */
export type Details = EventDetails & { items?: readonly Item[]; basis?: Basis | undefined };

/** Whether it is told at once: what is about an item, or worth most. The others wait for company. */
export const isOutcome = (type: string, { itemId }: Details): boolean => itemId !== undefined || RANKS[type] === 2;

/** What the recorder works with. */
export interface RecorderOptions {
  settings: Settings;
  session: string;
  counts: Counts;
  subject: Subject;
  queue: Queue;
  history: AttributionHistory;
  mayRecord: () => boolean;
  drop: (cause: DropCause) => void;
  report: Report;
  note: (note: DebugNote) => void;
}

/** Makes what freezes events into the queue. */
export function createRecorder(options: RecorderOptions) {
  const { settings, session, counts, subject, drop, report } = options;
  const { scrub = (event) => event } = settings;
  let lastTime = 0;
  let clock = 0;
  let timestamp = "";
  let isNoIdTold = false;

  /** Puts an event into the queue; false where it was dropped. */
  function keep(event: Partial<WireEvent>, type: string): unknown {
    try {
      const head = subject.head();
      // A report holds counts alone: what is taken out of it would be reported again.
      const kept = type === REPORT ? event : scrub(event);
      if (!kept || !head.text) return drop("scrubbed");
      const body = writeJson(kept);
      const size = utf8Length(body);
      if (size + head.bytes > EVENT_BYTES) return drop("too_large");
      options.queue.add({ head: head.text, body, size, rank: RANKS[type] ?? 1 });
      options.history.note(kept, lastTime, subject.owner);
      options.note({ event: kept });
      return true;
    } catch (error) {
      if (error instanceof RangeError) report("wrong_call", error.message);
      return drop("unserialisable");
    }
  }

  /** Records an event of a request, or of none; true where it is in the queue. */
  return function record(type: string, of: Partial<Attribution>, details: Details): unknown {
    const { itemId, position = of.position, items, basis, ...rest } = details;
    const item_id = textOf(itemId);
    const named = items?.filter((item) => textOf(item.itemId));
    if (("itemId" in details && !item_id) || named?.length !== items?.length) {
      if (!isNoIdTold) report("wrong_call", `itemId: expected ${ID_TEXT}`);
      isNoIdTold = true;
      if (!named?.length) return false;
    }
    if (!options.mayRecord() || (item_id && isEcho(type, [of.requestId, item_id]))) return false;
    const now = Date.now();
    // Of a burst it is written once.
    if (now !== clock) timestamp = new Date((clock = now)).toISOString();
    // A clock that is set back must not put an outcome before its exposure.
    lastTime = Math.max(lastTime, now);
    const { requestId: request_id, surface } = of;
    const rate = settings.sampleRate[type] ?? 1;
    if (rate < 1 && !isKept(request_id ?? nanoid(), rate)) return false;
    const seq = ++counts.tracked;
    const event = {
      event_id: `${session}-${seq}`,
      event_type: type,
      timestamp,
      request_id,
      surface,
      item_id,
      position,
      items: named?.map((item) => wireItem(item, basis)),
      ...rest,
      seq,
      sample_rate: rate < 1 ? rate : undefined,
    };
    return keep(event as Partial<WireEvent>, type);
  };
}
