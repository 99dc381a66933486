/** What the live view shows: the newest records of the bus, joined, and what the relay's counters say. */
import type { Envelope, Rejection } from "@sightline/worker/envelope";
import type { Bus, StoredRecord } from "../bus/bus.ts";
import { type Counter, totals } from "../dedup/counters.ts";
import type { JoinFigures } from "../verify/join-figures.ts";
import { createJoiner, type Joined } from "../verify/joiner.ts";

/** Records of each partition, before the view opened, that it begins with. */
const HISTORY = 20_000;
/** Exposures that it joins against; older ones are forgotten. */
const MAX_EXPOSURES = 200_000;
/** Events in the list. */
const RECENT = 40;

/** One line of the list. */
export interface RecentEvent {
  id: string;
  event_type: string;
  /** ISO 8601 UTC. */
  occurred_at: string;
  surface: string;
  request_id: string;
  /** Items of the event, the first few. */
  items: string[];
  verdict: Joined | "rejected";
}

/** The state that the page draws. */
export interface LiveState extends JoinFigures {
  bus: string;
  /** Envelopes seen on the bus, by event type. */
  types: Record<string, number>;
  /** Refused events by code. */
  rejected: Record<string, number>;
  /** Copies that collector and relay dropped. */
  duplicates: number;
  /** Envelopes that the relay took and has not settled. */
  held: number;
  dead_lettered: number;
  recent: RecentEvent[];
}

/** A model that follows a bus until it is aborted. */
export interface LiveModel {
  state(): LiveState;
}

interface LiveModelOptions {
  bus: Bus;
  /** Topics to follow, with prefix. */
  topics: string[];
  readCounters: () => Counter[];
  signal: AbortSignal;
  /** Following begins when the bus was opened. */
  opened: Promise<void>;
  /** Told why following failed; it begins again after a second. */
  onError: (error: unknown) => void;
}

/** Starts to follow the bus. */
export function createLiveModel({ bus, topics, readCounters, signal, opened, onError }: LiveModelOptions): LiveModel {
  let joiner = createJoiner({ maxExposures: MAX_EXPOSURES });
  let types = new Map<string, number>();
  let rejected = new Map<string, number>();
  let recent: RecentEvent[] = [];

  const add = (record: StoredRecord): void => {
    const envelope = JSON.parse(record.value.toString()) as Envelope;
    let verdict: RecentEvent["verdict"];
    if (envelope.type === "edge.event.rejected.v1") {
      verdict = "rejected";
      countUp(rejected, (envelope as unknown as Envelope<Rejection>).payload.error);
    } else {
      verdict = joiner.add(envelope);
      countUp(types, envelope.event_type);
    }
    recent = [toRecent(envelope, verdict), ...recent.slice(0, RECENT - 1)];
  };

  const follow = async (): Promise<void> => {
    await opened;
    while (!signal.aborted) {
      joiner = createJoiner({ maxExposures: MAX_EXPOSURES });
      types = new Map();
      rejected = new Map();
      recent = [];
      try {
        for await (const record of bus.read({ topics, from: { last: HISTORY }, follow: true, signal })) add(record);
      } catch (error) {
        if (!signal.aborted) onError(error);
      }
      await new Promise((resolve) => setTimeout(resolve, 1000).unref());
    }
  };
  void follow();

  return {
    state() {
      const { duplicates, held, dead_lettered } = totals(readCounters());
      return {
        bus: bus.name,
        types: Object.fromEntries(types),
        rejected: Object.fromEntries(rejected),
        ...joiner.figures(),
        duplicates,
        held,
        dead_lettered,
        recent,
      };
    },
  };
}

function toRecent({ id, event_type, occurred_at, payload }: Envelope, verdict: RecentEvent["verdict"]): RecentEvent {
  const items = payload.items?.map(({ item_id }) => item_id) ?? (payload.item_id === undefined ? [] : [payload.item_id]);
  return {
    id,
    event_type,
    occurred_at,
    surface: payload.surface ?? "",
    request_id: payload.request_id ?? "",
    items: items.slice(0, 4),
    verdict,
  };
}

function countUp(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
