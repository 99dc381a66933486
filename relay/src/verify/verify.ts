/** Counts what is on a bus, joined: the figures behind `sightline verify`. */
import type { Envelope, Rejection } from "@sightline/worker/envelope";
import type { Bus } from "../bus/bus.ts";
import { type Counter, totals } from "../dedup/counters.ts";
import { createJoiner, type JoinFigures } from "./joiner.ts";

/** What `sightline verify --json` prints. */
export interface VerifyReport extends JoinFigures {
  /** Copies dropped by collector and relay together; null where the relay's own counters are not at hand. */
  duplicates: number | null;
  /** Events that the queue delivered again although they were settled; no copies of anybody's. Null as above. */
  redeliveries: number | null;
  /** Events that had used up their retries in their own queue, and came all the same. Null as above. */
  from_dead_letter_queue: number | null;
  /** Refused events by code. */
  rejected: Record<string, number>;
}

interface VerifyOptions {
  bus: Bus;
  /** Topics to read, with prefix. */
  topics: { exposure: string; outcome: string; rejected: string };
  /** The relay's durable counters; undefined where this machine has none. */
  counters: Counter[] | undefined;
  /** Only events of this surface. */
  surface?: string | undefined;
  /** Told how many records were read so far. */
  onProgress?: (read: number) => void;
}

/** Reads the bus from its beginning to its present end. */
export async function verify({ bus, topics, counters, surface, onProgress }: VerifyOptions): Promise<VerifyReport> {
  const joiner = createJoiner();
  const rejected = new Map<string, Set<string>>();
  let read = 0;
  for await (const record of bus.read({ topics: Object.values(topics) })) {
    const envelope = JSON.parse(record.value.toString()) as Envelope | Envelope<Rejection>;
    if (surface === undefined || envelope.payload.surface === surface) {
      if (isRejection(envelope)) addTo(rejected, envelope.payload.error, envelope.id);
      else joiner.add(envelope);
    }
    onProgress?.(++read);
  }
  const counted = counters && totals(counters.filter((row) => surface === undefined || row.surface === surface));
  return {
    ...joiner.figures(),
    duplicates: counted?.duplicates ?? null,
    redeliveries: counted?.redelivered ?? null,
    from_dead_letter_queue: counted?.from_dead_letter_queue ?? null,
    rejected: Object.fromEntries([...rejected].toSorted().map(([code, ids]) => [code, ids.size])),
  };
}

function isRejection(envelope: Envelope | Envelope<Rejection>): envelope is Envelope<Rejection> {
  return envelope.type === "edge.event.rejected.v1";
}

function addTo(sets: Map<string, Set<string>>, key: string, value: string): void {
  const set = sets.get(key) ?? new Set();
  sets.set(key, set.add(value));
}
