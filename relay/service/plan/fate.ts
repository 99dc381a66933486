/** What becomes of one line of a message: published, a duplicate, a dead letter, or left in the queue for now. */
import type { EnvelopeType } from "@sightline/worker/envelope";
import type { BusRecord, Refusal } from "../../bus/port/bus.ts";
import { ENVELOPE_TYPES, topicName, type TopicNames } from "../../bus/port/topics.ts";
import { EnvelopeRecord } from "../../bus/records/envelope-record.ts";
import { KEY_WORDS } from "../../state/keys.ts";
import { CONTENT, OWNER } from "../../state/log/record.ts";
import { isSame, isSameOwner } from "../../state/words.ts";
import type { DecodedMessage } from "../decode/decode-delivery.ts";
import { type Line, Readable, WORD } from "../decode/line.ts";
import { deadLetterOfLine } from "./make-dead-letter.ts";
import { REPLAY_QUEUE } from "./replay-queue.ts";
import type { RoundMarkers } from "./round-markers.ts";

/** A message that the queue shall keep, since some of its lines can not go on now. */
export interface Deferral {
  seconds: number;
  reason: string;
}

/** What becomes of a line. A duplicate has the time its original was first seen, where that was not in this round. */
export type LineFate =
  | { fate: "delivered" | `dead_lettered:${string}`; record: BusRecord }
  | { fate: "duplicate"; firstSeen?: number | undefined; isCopy: boolean }
  | { fate: "deferred"; deferral: Deferral };

/** What fates depend on besides the line. */
export interface FateContext {
  topics: TopicNames;
  /** Which of several relays this is; its dead letters say so. @default they do not */
  slot?: string;
  now: Date;
  /** False: every event is forwarded, whatever was before. @default true */
  dedup?: boolean;
  /** False: what would be dead-lettered is deferred. @default true */
  deadLetters?: boolean;
  /** What the bus said of lines that it refused: of the record first, then of its dead letter. @default none */
  refusals?: ReadonlyMap<Line, readonly Refusal[]>;
  /** Lines whose record is on the bus by an earlier plan of this round. @default none */
  published?: ReadonlySet<Line>;
}

/** How long the queue keeps a message of which a line can go nowhere, seconds: until somebody fixes the dead letters. */
const STUCK_SECONDS = 60;

/** Decides the fates of a round's lines, in order; `rest` tells for how many seconds a topic takes nothing. */
export function createFates(context: FateContext, markers: RoundMarkers, rest: (topic: string) => number | undefined) {
  const { topics, slot, now, dedup = true, deadLetters = true, refusals, published } = context;
  const names = { ...topics, slot };
  const topicNames = new Map(ENVELOPE_TYPES.map((type) => [type, topicName(topics, type)]));
  const topicOf = (type: EnvelopeType): string => topicNames.get(type) as string;

  /** Where the topic rests; not of a line whose record is there already. */
  const resting = (line: Line, topic: string): LineFate | undefined => {
    const seconds = published?.has(line) ? undefined : rest(topic);
    return seconds === undefined ? undefined : deferred(seconds, `the topic ${topic} does not take records`);
  };

  const toDeadLetters = (line: Line, { message }: DecodedMessage, code: string, reason: string): LineFate => {
    if (!deadLetters) return deferred(STUCK_SECONDS, `ENABLE_DLQ is false, and ${code}: ${reason}`);
    const [, again, more] = refusals?.get(line) ?? [];
    const packed = again?.code === "record_too_large";
    // Too large once, it is tried in gzip; whatever else is refused is refused for good.
    const refused = more ?? (packed ? undefined : again);
    if (refused) return deferred(STUCK_SECONDS, `its dead letter was refused: ${refused.code}: ${refused.message}`);
    const record = deadLetterOfLine(line, message, { code, message: reason, now, packed }, names);
    return resting(line, record.topic) ?? { record, fate: `dead_lettered:${code}` };
  };

  /** Remembers an event, by its id and by its items but those that are another's. */
  const remember = (line: Readable, foreign: readonly number[], isDead: boolean): void => {
    markers.mark(line.words, line.at + WORD.key, line, isDead);
    for (let item = 0; item < line.items; item++) {
      if (!foreign.includes(item)) markers.mark(line.words, itemAt(line, item), line, isDead);
    }
  };

  /** `foreign`: items that are another event's; undefined where nothing is remembered. */
  const toBus = (line: Readable, from: DecodedMessage, foreign: readonly number[] | undefined): LineFate => {
    const [refusal] = refusals?.get(line) ?? [];
    if (refusal) {
      const fate = toDeadLetters(line, from, refusal.code, refusal.message);
      if ("record" in fate && foreign) remember(line, foreign, true);
      return fate;
    }
    const topic = topicOf(line.kind.type);
    const later = resting(line, topic);
    if (later) return later;
    if (foreign) remember(line, foreign, false);
    return { record: foreign?.length ? flagged(topic, line) : new EnvelopeRecord(topic, line), fate: "delivered" };
  };

  /** Another event was published under its id. */
  const conflict = (line: Readable, from: DecodedMessage): LineFate => {
    const key = markers.conflictKey(line);
    // A replay that comes to nothing gets a dead letter of its own, so that whoever asked for it can see that.
    if (from.queue !== REPLAY_QUEUE && markers.find(key, 0)) return { fate: "duplicate", isCopy: false };
    const fate = toDeadLetters(line, from, "event_id_conflict", "another event was published under the same event_id");
    if ("record" in fate) markers.mark(key, 0, line, true);
    return fate;
  };

  const isForeign = (line: Readable, item: number): boolean => {
    const known = markers.find(line.words, itemAt(line, item));
    const isOwn = known === undefined || isSameOwner(known.words, known.at + OWNER, line.words, line.at + WORD.owner);
    return !isOwn && known.state !== "dead_lettered";
  };

  return (line: Line, from: DecodedMessage): LineFate => {
    if (!(line instanceof Readable)) return toDeadLetters(line, from, line.code, line.message);
    if (!dedup) return toBus(line, from, undefined);
    const { words, at, items } = line;
    const known = markers.find(words, at + WORD.key);
    if (known && !isSame(known.words, known.at + CONTENT, words, at + WORD.event)) return conflict(line, from);
    const isReplay = from.queue === REPLAY_QUEUE && known?.state === "dead_lettered";
    if (known && !isReplay) return { fate: "duplicate", firstSeen: known.first_seen, isCopy: true };
    let foreign: number[] = NONE;
    for (let item = 0; item < items; item++) if (isForeign(line, item)) foreign = [...foreign, item];
    if (items > 0 && foreign.length === items) return { fate: "duplicate", isCopy: false };
    return toBus(line, from, foreign);
  };
}

const NONE: number[] = [];

function itemAt({ at }: Readable, item: number): number {
  return at + WORD.items + item * KEY_WORDS;
}

function deferred(seconds: number, reason: string): LineFate {
  return { fate: "deferred", deferral: { seconds, reason } };
}

/** The only case in which an envelope's bytes are not forwarded as they came. */
function flagged(topic: string, line: Readable): BusRecord {
  const envelope = JSON.parse(line.line) as { metadata: { flags?: unknown } };
  const { flags } = envelope.metadata;
  envelope.metadata.flags = [...new Set([...(Array.isArray(flags) ? (flags as string[]) : []), "items_overlap"])].toSorted();
  const { key, headers } = new EnvelopeRecord(topic, line);
  return { topic, key, headers, value: Buffer.from(JSON.stringify(envelope)) };
}
