/** Counts what is on a bus, joined: the figures behind `sightline verify`. */
import type { Reader, StoredRecord } from "../bus/port/bus.ts";
import { dlqName, type TopicNames, topicName } from "../bus/port/topics.ts";
import { type Counter, totals } from "../state/counters.ts";
import { readDeadLetters } from "../bus/records/read-dead-letters.ts";
import { jsonObject } from "../lib/json-object.ts";
import type { JoinFigures } from "./join-figures.ts";
import { createJoiner } from "./joiner.ts";
import { createUnreadable, isRejection, readEvent, type UnreadableRecord } from "./read-event.ts";
import { createSharedRequests } from "./shared-requests.ts";

/** What `sightline verify --json` prints. */
export interface VerifyReport extends JoinFigures {
  /** joined / (joined + orphans); null where there is no outcome. */
  join_rate: number | null;
  /** Copies dropped by collector and relay together; null where the relay's own counters are not at hand. */
  duplicates: number | null;
  /** Events that the queue delivered again although they were settled; no copies of anybody's. Null as above. */
  redeliveries: number | null;
  /** Events that had used up their retries in their own queue, and came all the same. Null as above. */
  from_dead_letter_queue: number | null;
  /** Refused events by code. */
  rejected: Record<string, number>;
  /** Dead letters on the bus by code, those that were replayed since among them. */
  dead_letters: Record<string, number>;
  /** Records of its topics that are no events. */
  unreadable: UnreadableRecord;
  /** Every surface that an event names, in alphabetical order; at most 100. */
  surfaces: string[];
}

interface VerifyOptions {
  bus: Reader;
  topics: TopicNames;
  /** The relay's durable counters; undefined where this machine has none. */
  counters: Counter[] | undefined;
  /** Only events of this surface. */
  surface?: string | undefined;
  /** Told how many records were read so far. */
  onProgress?: (read: number) => void;
}

/** Topics that are counted. */
const TYPES = [
  "rec.decision.made.v1",
  "rec.exposure.recorded.v1",
  "rec.outcome.recorded.v1",
  "app.event.recorded.v1",
  "edge.event.rejected.v1",
] as const;
const MOST_SURFACES = 100;

/** Reads the bus from its beginning to its present end. */
export async function verify({ bus, topics, counters, surface, onProgress }: VerifyOptions): Promise<VerifyReport> {
  const rejected = new Map<string, Set<string>>();
  const unreadable = createUnreadable();
  const surfaces = new Set<string>();
  // Over all surfaces, since a request that is on two of them is on more than the one that is asked for.
  const shared = createSharedRequests(Number.POSITIVE_INFINITY);
  const joiner = createJoiner({ shared });
  const names = TYPES.map((type) => topicName(topics, type));
  let read = 0;
  for await (const record of bus.read({ topics: names })) {
    onProgress?.(++read);
    const event = readEvent(record);
    if (event === undefined) {
      unreadable.add(record);
      continue;
    }
    const { surface: own } = event.payload;
    if (own !== undefined && surfaces.size < MOST_SURFACES) surfaces.add(own);
    if (surface !== undefined && own !== surface) {
      if (!isRejection(event)) shared.add(event);
    } else if (isRejection(event)) addTo(rejected, event.payload.error, event.id);
    else joiner.add(event);
  }
  const dead = await deadLetters({
    bus,
    topics: allDlqs(topics),
    surface,
    onProgress: (more) => onProgress?.(read + more),
    onUnreadable: (_reason, record) => unreadable.add(record),
  });
  const figures = joiner.figures();
  const outcomes = figures.joined + figures.orphans;
  const counted = counters && totals(counters.filter((row) => surface === undefined || row.surface === surface));
  return {
    ...figures,
    ...shared.figures(surface),
    join_rate: outcomes === 0 ? null : Number((figures.joined / outcomes).toFixed(6)),
    duplicates: counted?.duplicates ?? null,
    redeliveries: counted?.redelivered ?? null,
    from_dead_letter_queue: counted?.from_dead_letter_queue ?? null,
    rejected: byCode([...rejected].map(([code, ids]) => [code, ids.size])),
    dead_letters: dead,
    unreadable: unreadable.figures(),
    surfaces: [...surfaces].toSorted(),
  };
}

function allDlqs(topics: TopicNames): string[] {
  return TYPES.map((type) => dlqName(topics, topicName(topics, type)));
}

interface DeadLettersOptions {
  bus: Reader;
  topics: string[];
  surface: string | undefined;
  onProgress: (read: number) => void;
  onUnreadable: (reason: string, record: StoredRecord) => void;
}

/** Dead letters by code; of one surface those whose original says that it is of it. */
async function deadLetters({ surface, ...options }: DeadLettersOptions): Promise<Record<string, number>> {
  const codes = new Map<string, number>();
  for await (const { original, metadata } of readDeadLetters(options)) {
    const payload = surface === undefined ? undefined : (jsonObject(original)?.["payload"] as { surface?: unknown } | undefined);
    if (surface !== undefined && payload?.surface !== surface) continue;
    codes.set(metadata.error_code, (codes.get(metadata.error_code) ?? 0) + 1);
  }
  return byCode([...codes]);
}

function byCode(entries: [string, number][]): Record<string, number> {
  return Object.fromEntries(entries.toSorted());
}

function addTo(sets: Map<string, Set<string>>, key: string, value: string): void {
  const set = sets.get(key) ?? new Set();
  sets.set(key, set.add(value));
}
