/** What the live view shows: the newest records of the bus, joined, and what the relay's counters say. */
import type { Envelope, Rejection } from "@sightline/worker/envelope";
import type { Bus, Reader, StoredRecord } from "../bus/port/bus.ts";
import { type Counter, totals } from "../state/counters.ts";
import type { JoinFigures } from "../analysis/join-figures.ts";
import { createJoiner } from "../analysis/joiner.ts";
import { caveatsOf } from "../analysis/caveats.ts";
import { createUnreadable, isRejection, readEvent } from "../analysis/read-event.ts";
import { createRecentEvents, type RecentEvent } from "./recent-events.ts";

/** Records of each partition, before the view opened, that it begins with. */
const HISTORY = 20_000;
/** Exposures that it joins against; older ones are forgotten. */
const MAX_EXPOSURES = 200_000;
/** For how long a failed reading is told, milliseconds: longer than the next one takes to fail. */
const UNREAD_MS = 15_000;

/** The state that the page draws. */
export interface LiveState extends JoinFigures {
  bus: string;
  /** Why the relay takes nothing now, or the view cannot read; null where all is well. */
  trouble: string | null;
  /** What makes figures other than they seem, in words. */
  notes: string[];
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
  bus: Pick<Bus, "name"> & Reader;
  /** Topics to follow, with prefix. */
  topics: string[];
  readCounters: () => Counter[];
  /** Why the relay takes nothing; undefined while it takes. */
  notTaking: () => string | undefined;
  signal: AbortSignal;
  /** Following begins when the bus was opened. */
  opened: Promise<void>;
  /** Told why following failed; it begins again after a second. */
  onError: (error: unknown) => void;
}

/** Starts to follow the bus. */
export function createLiveModel({ bus, topics, readCounters, notTaking, signal, opened, onError }: LiveModelOptions): LiveModel {
  let view = createView();
  let unread: { reason: string; until: number } | undefined;

  const follow = async (): Promise<void> => {
    await opened;
    while (!signal.aborted) {
      view = createView();
      try {
        for await (const record of bus.read({ topics, from: { last: HISTORY }, follow: true, signal })) {
          unread = undefined;
          view.add(record);
        }
      } catch (error) {
        if (!signal.aborted) onError(error);
        unread = {
          reason: `the relay takes, but this view cannot read the bus: ${(error as Error).message}`,
          until: Date.now() + UNREAD_MS,
        };
      }
      await new Promise((resolve) => setTimeout(resolve, 1000).unref());
    }
  };
  void follow();
  // A bus without records does not say that it can be read again.
  const unreadReason = (): string | undefined => (unread && unread.until > Date.now() ? unread.reason : undefined);

  return {
    state() {
      const { duplicates, held, dead_lettered } = totals(readCounters());
      return {
        bus: bus.name,
        trouble: troubleOf(notTaking(), unreadReason()),
        ...view.figures(),
        duplicates,
        held,
        dead_lettered,
      };
    },
  };
}

/** What was seen of the bus since it is followed. */
function createView() {
  const types = new Map<string, number>();
  const rejected = new Map<string, number>();
  const unreadable = createUnreadable();
  const recent = createRecentEvents();
  const joiner = createJoiner({ maxExposures: MAX_EXPOSURES, onJoinedLate: ({ name }) => recent.markJoined(name) });
  const verdictOf = (event: Envelope | Envelope<Rejection>): RecentEvent["verdict"] => {
    if (isRejection(event)) {
      countUp(rejected, event.payload.error);
      return "rejected";
    }
    countUp(types, event.event_type);
    return joiner.add(event);
  };
  return {
    add(record: StoredRecord): void {
      const event = readEvent(record);
      if (event === undefined) return unreadable.add(record);
      recent.add(event, verdictOf(event), record);
    },
    figures() {
      const figures = joiner.figures();
      return {
        types: Object.fromEntries(types),
        rejected: Object.fromEntries(rejected),
        ...figures,
        notes: caveatsOf({ ...figures, unreadable: unreadable.figures() }),
        recent: recent.list(),
      };
    },
  };
}

/** In words: what the relay does not do, or the view. */
function troubleOf(notTaking: string | undefined, unread: string | undefined): string | null {
  return notTaking === undefined ? (unread ?? null) : `nothing is taken: ${notTaking}`;
}

function countUp(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
