/**
 * Makes a lost or damaged store anew from what is on the bus: each event there is remembered as published, each dead letter as dead
 * lettered, since it was published there and no longer than the window. What copies there were, the bus does not know.
 */
import { isUtf8 } from "node:buffer";
import type { Reader, StoredRecord } from "../../bus/port/bus.ts";
import { dlqName, ENVELOPE_TYPES, topicName, type TopicNames } from "../../bus/port/topics.ts";
import { type Line, Readable, WORD } from "../decode/line.ts";
import { envelopeReader } from "../decode/read-envelope.ts";
import { type DeadLetter, readDeadLetter } from "../../bus/records/dead-letter.ts";
import { type Keys, KEY_WORDS } from "../../state/keys.ts";
import { createMarkerList, type MarkerList } from "../../state/marker-list.ts";
import { createRoundTally } from "../plan/round-tally.ts";
import type { Claim, Store } from "../../state/store.ts";

/** Events that are remembered in one go. */
const CHUNK = 2_000;

/** Counters as a claim takes them. */
type Counted = Pick<Claim, "taken" | "settled">;

interface RebuildOptions {
  bus: Reader;
  topics: TopicNames;
  /** An empty store; `clock` says when what it is given was first seen. */
  openStore: (clock: () => number) => Store;
  /** Counters to go on with; without them counting begins with what is on the bus. */
  kept: Counted | undefined;
  /** The highest batch number that the bus remembers. */
  lastBatch: number;
  /** What was published before is forgotten. */
  windowStart: Date;
  /** Told of each record. */
  onRecord?: (seen: Rebuilt) => void;
}

/** What was found on the bus. */
export interface Rebuilt {
  events: number;
  dead_letters: number;
  /** Of both, those from before the window. */
  expired: number;
  /** Records that are no envelopes, nor dead letters: nothing is remembered of them. */
  unreadable: number;
  /** When the oldest record that is remembered was published, ISO 8601 UTC. */
  since: string | undefined;
}

/** Rebuilds the store, and closes it. */
export async function rebuild({
  bus,
  topics,
  openStore,
  kept,
  lastBatch,
  windowStart,
  onRecord,
}: RebuildOptions): Promise<Rebuilt> {
  const found: Rebuilt = { events: 0, dead_letters: 0, expired: 0, unreadable: 0, since: undefined };
  let clock = windowStart.getTime();
  let batch = lastBatch;
  const store = openStore(() => clock);
  const chunk = createChunk(store);
  const tally = createRoundTally();
  const read = readerFor(store.keys);
  const write = (counted: Counted = { taken: [], settled: [] }): void => {
    store.claim(++batch, { markers: chunk.take(), messages: [], ...counted });
    store.settle(batch);
  };
  const remember = ({ publishedAt }: StoredRecord, line: Line, error_code?: string): void => {
    tally.taken(line, false);
    tally.settled(line, error_code === undefined ? "delivered" : `dead_lettered:${error_code}`);
    if (publishedAt < windowStart.toISOString()) return void found.expired++;
    if (found.since === undefined || publishedAt < found.since) found.since = publishedAt;
    // Events that are written together count as first seen with the newest of them: remembered a little longer, never too short.
    clock = Math.max(clock, Date.parse(publishedAt));
    if (chunk.add(line, error_code) === CHUNK) write();
  };
  const published = ENVELOPE_TYPES.map((type) => topicName(topics, type));
  try {
    for await (const record of bus.read({ topics: published })) {
      addEvent(record, read, found, remember);
      onRecord?.(found);
    }
    write();
    // After the events: what was replayed since is published, and dead no longer.
    for await (const record of bus.read({ topics: published.map((topic) => dlqName(topics, topic)) })) {
      addDeadLetter(record, read, found, remember);
      onRecord?.(found);
    }
    write(kept ?? tally.counters());
    return found;
  } finally {
    store.close();
  }
}

type Remember = (record: StoredRecord, line: Line, error_code?: string) => void;

/** Reads an envelope of any tenant. */
type ReadAny = (value: Buffer, tenant_id: string) => Line;

function readerFor(keys: Keys): ReadAny {
  return (value, tenant_id) => {
    const line = isUtf8(value) ? value : Buffer.from(value.toString());
    return envelopeReader(tenant_id, keys)(line, 0, line.length);
  };
}

function addEvent(record: StoredRecord, read: ReadAny, found: Rebuilt, remember: Remember): void {
  const line = read(record.value, record.headers["tenant_id"] ?? "");
  if ("code" in line) return void found.unreadable++;
  found.events++;
  remember(record, line);
}

function addDeadLetter(record: StoredRecord, read: ReadAny, found: Rebuilt, remember: Remember): void {
  let deadLetter: DeadLetter;
  try {
    deadLetter = readDeadLetter(record);
  } catch {
    return void found.unreadable++;
  }
  found.dead_letters++;
  remember(record, read(Buffer.from(deadLetter.original), deadLetter.tenant_id), deadLetter.metadata.error_code);
}

/** Markers of events, as many as are written together. */
function createChunk(store: Pick<Store, "marker" | "keys">) {
  let markers = createMarkerList();
  let events = 0;
  const isNew = (key: Uint32Array, at: number): boolean => markers.find(key, at) === -1 && store.marker(key, at) === undefined;
  /** The first event that has a key owns it, as when they were published. */
  const mark = (key: Uint32Array, at: number, { words, at: from }: Readable, isDead: boolean): void => {
    if (isNew(key, at)) markers.put(key, at, words, from + WORD.event, isDead);
  };
  const markAll = (line: Readable, isDead: boolean): void => {
    mark(line.words, line.at + WORD.key, line, isDead);
    for (let item = 0; item < line.items; item++) mark(line.words, line.at + WORD.items + item * KEY_WORDS, line, isDead);
  };
  return {
    /** Returns how many events the chunk is of. */
    add(line: Line, error_code: string | undefined): number {
      if (!(line instanceof Readable)) return events;
      if (error_code === undefined) markAll(line, false);
      else if (error_code === "event_id_conflict") mark(store.keys.conflict(line.words, line.at), 0, line, true);
      else if (isNew(line.words, line.at + WORD.key)) markAll(line, true);
      return ++events;
    },
    take(): MarkerList {
      const all = markers;
      markers = createMarkerList();
      events = 0;
      return all;
    },
  };
}
