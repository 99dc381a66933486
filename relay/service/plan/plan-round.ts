/**
 * Decides what becomes of every envelope of a round, in order: publish, duplicate, dead letter, or held. Nothing is written here; the
 * store makes the claim durable.
 */
import { isDeadLetterQueue } from "@sightline/worker/queue-name";
import type { BusRecord, Refusal } from "../../bus/port/bus.ts";
import { topicName, type TopicNames } from "../../bus/port/topics.ts";
import type { DecodedMessage } from "../decode/decode-delivery.ts";
import type { Line, Readable } from "../decode/decode.ts";
import { headersOf } from "../../bus/records/headers.ts";
import { deadLetterOfLine } from "./make-dead-letter.ts";
import { REPLAY_QUEUE } from "./replay-queue.ts";
import { isOwner } from "../../state/block-writer.ts";
import { conflictKey, type Key } from "../../state/keys.ts";
import { createNotes, type Notes } from "./notes.ts";
import type { Claim, Marker, MessageState, Store, StoredMarker } from "../../state/store.ts";

/** A message that the queue shall keep, since some of its lines can not go on now. */
export interface Held {
  seconds: number;
  reason: string;
}

/** What the round publishes and remembers. */
export interface Plan {
  records: BusRecord[];
  /** The line of each record. */
  lines: Line[];
  claim: Claim;
  /** Messages that are given back, by their place in the round. */
  held: Map<DecodedMessage, Held>;
  notes: Notes;
}

/** What a plan depends on besides the round. */
export interface PlanContext {
  store: Pick<Store, "marker" | "message">;
  topics: TopicNames;
  /** Which of several relays this is; its dead letters say so. @default they do not */
  slot?: string;
  now: Date;
  /** False: every event is forwarded, whatever was before. @default true */
  dedup?: boolean;
  /** False: what would be dead-lettered is held. @default true */
  deadLetters?: boolean;
  /** Seconds for which nothing is to be published to a topic; undefined where it takes. @default always undefined */
  rest?: (topic: string) => number | undefined;
  /** What the bus said of lines that it refused: of the record first, then of its dead letter. @default none */
  refusals?: ReadonlyMap<Line, readonly Refusal[]>;
  /** Lines whose record is on the bus by an earlier plan of this round. @default none */
  published?: ReadonlySet<Line>;
}

/** How long the queue keeps a message of which a line can go nowhere, seconds: until somebody mends the dead letters. */
const STUCK_SECONDS = 60;

type Fate = { record: BusRecord; fate: "delivered" | `dead_lettered:${string}` } | { fate: "duplicate" } | { held: Held };

/** Plans a round. */
export function planRound(round: DecodedMessage[], context: PlanContext): Plan {
  const { store, topics, slot, now, dedup = true, deadLetters = true, refusals, published } = context;
  const rest = restOnce(context.rest);
  const records: BusRecord[] = [];
  const lines: Line[] = [];
  const markers = new Map<string, Claim["markers"][number]>();
  const messages: Claim["messages"] = [];
  const held: Plan["held"] = new Map();
  const notes = createNotes();
  const seen = new Set<string>();

  const find = (key: Key): (Marker & Partial<StoredMarker>) | undefined => {
    const here = markers.get(key);
    if (here) return here;
    const stored = store.marker(key);
    // What is unknown was settled before this round, so that what is in flight now is this round's own, which is planned again.
    return stored?.state === "in_flight" ? undefined : stored;
  };
  const mark = (keys: Key[], { id, content_hash }: Readable, state: Marker["state"]): void => {
    for (const key of keys) markers.set(key, { key, owner: id, content_hash, state });
  };

  /** Where the topic rests; not of a line whose record is there already. */
  const heldBack = (line: Line, topic: string): { held: Held } | undefined => {
    const seconds = published?.has(line) ? undefined : rest(topic);
    return seconds === undefined ? undefined : { held: { seconds, reason: `the topic ${topic} does not take records` } };
  };

  const toDeadLetters = (line: Line, from: DecodedMessage, code: string, message: string): Fate => {
    if (!deadLetters) return stuck(`ENABLE_DLQ is false, and ${code}: ${message}`);
    const [, again, more] = refusals?.get(line) ?? [];
    const packed = again?.code === "record_too_large";
    // Too large once, it is tried in gzip; whatever else is refused is refused for good.
    const refused = more ?? (packed ? undefined : again);
    if (refused) return stuck(`its dead letter was refused: ${refused.code}: ${refused.message}`);
    const record = deadLetterOfLine(
      line,
      from.message,
      { code, message, now, packed },
      { ...topics, ...(slot === undefined ? {} : { slot }) },
    );
    return heldBack(line, record.topic) ?? { record, fate: `dead_lettered:${code}` };
  };

  const toBus = (line: Readable, from: DecodedMessage, keys: Key[], overlap: boolean): Fate => {
    const [refusal] = refusals?.get(line) ?? [];
    if (refusal) {
      const fate = toDeadLetters(line, from, refusal.code, refusal.message);
      if ("record" in fate) mark(keys, line, "dead_lettered");
      return fate;
    }
    const topic = topicName(topics, line.type);
    const back = heldBack(line, topic);
    if (back) return back;
    mark(keys, line, "published");
    const value = Buffer.from(overlap ? withFlag(line.line) : line.line);
    return { record: { topic, key: line.partition_key, value, headers: headersOf(line) }, fate: "delivered" };
  };

  const decide = (line: Readable, from: DecodedMessage): Fate => {
    if (!dedup) return toBus(line, from, [], false);
    const known = find(line.key);
    const isReplay = from.queue === REPLAY_QUEUE && known?.state === "dead_lettered";
    if (known && known.content_hash === line.content_hash && !isReplay) {
      notes.duplicateOf(known.first_seen, now);
      return { fate: "duplicate" };
    }
    if (known && known.content_hash !== line.content_hash) {
      const conflict = conflictKey(line);
      // A replay that comes to nothing gets a dead letter of its own, so that whoever asked for it can see that.
      if (from.queue !== REPLAY_QUEUE && find(conflict)) return { fate: "duplicate" };
      const fate = toDeadLetters(line, from, "event_id_conflict", "another event was published under the same event_id");
      if ("record" in fate) mark([conflict], line, "dead_lettered");
      return fate;
    }
    const foreign = line.itemKeys.filter((item) => {
      const marker = find(item);
      return marker !== undefined && !isOwner(marker, line.id) && marker.state !== "dead_lettered";
    });
    if (foreign.length > 0 && foreign.length === line.itemKeys.length) return { fate: "duplicate" };
    const own = foreign.length === 0 ? line.itemKeys : line.itemKeys.filter((item) => !foreign.includes(item));
    return toBus(line, from, [line.key, ...own], foreign.length > 0);
  };

  const takeLine = (line: Line, from: DecodedMessage, envelopes = 1): boolean => {
    const fate = "code" in line ? toDeadLetters(line, from, line.code, line.message) : decide(line, from);
    if ("held" in fate) {
      const longest = Math.max(held.get(from)?.seconds ?? 0, fate.held.seconds);
      held.set(from, { ...fate.held, seconds: longest });
      return false;
    }
    if ("record" in fate) {
      records.push(fate.record);
      lines.push(line);
    }
    notes.settled(line, fate.fate, envelopes);
    return true;
  };

  for (const from of round) {
    const ref = { queue: from.queue, id: from.message.id };
    const name = JSON.stringify(ref);
    const before: MessageState | undefined = seen.has(name) ? "settled" : store.message(ref);
    seen.add(name);
    if (before === "settled") {
      for (const line of from.lines) notes.redelivered(line);
      continue;
    }
    const done = new Set(typeof before === "object" ? before.done : []);
    const [first] = from.lines;
    const whole = first && "code" in first ? first.envelopes : undefined;
    for (const [index, line] of from.lines.entries()) {
      if (before === undefined) notes.taken(line, isDeadLetterQueue(from.queue), whole);
      // A message that is not taken apart is one line, whatever was settled of it when it was.
      if (whole !== undefined) {
        if (takeLine(line, from, Math.max(0, whole - done.size))) messages.push(ref);
        else messages.push({ ...ref, done: [...done] });
      } else if (done.has(index)) notes.redelivered(line);
      else if (takeLine(line, from)) done.add(index);
    }
    if (whole === undefined) messages.push(done.size === from.lines.length ? ref : { ...ref, done: [...done] });
  }
  return { records, lines, held, notes, claim: { messages, markers: [...markers.values()], ...notes.counters() } };
}

function stuck(reason: string): { held: Held } {
  return { held: { seconds: STUCK_SECONDS, reason } };
}

/** A topic rests for the whole of a plan or not at all: else an event could overtake the one before it. */
function restOnce(rest: NonNullable<PlanContext["rest"]> = () => undefined): NonNullable<PlanContext["rest"]> {
  const asked = new Map<string, number | undefined>();
  return (topic) => {
    if (!asked.has(topic)) asked.set(topic, rest(topic));
    return asked.get(topic);
  };
}

/** The only case in which an envelope's bytes are not forwarded as they came. */
function withFlag(line: string): string {
  const envelope = JSON.parse(line) as { metadata: { flags?: unknown } };
  const { flags } = envelope.metadata;
  envelope.metadata.flags = [...new Set([...(Array.isArray(flags) ? (flags as string[]) : []), "items_overlap"])].toSorted();
  return JSON.stringify(envelope);
}
