/** Cuts entries into requests of which each holds at most one entry of a lane. */
import type { BusRecord, Refusal } from "../../port/bus.ts";

/** A record, ready to be put. */
export interface Entry<P = unknown> {
  record: BusRecord;
  /** What is to be in order among themselves: most often those of one (topic, key). */
  lane: string;
  /** As the service counts them. */
  bytes: number;
  /** What is sent. */
  put: P;
  /** Why the service would never take it, where that can be told before. */
  refusal?: Refusal | undefined;
}

/** What a request holds, at most. */
export interface Most {
  entries: number;
  bytes: number;
}

/** How long a lane rests whose record was refused, milliseconds; doubled each further time. Others, on other shards, go on. */
const FIRST_REST_MS = 100;
const LONGEST_REST_MS = 1_000;

/** Entries that are left to put. */
interface Lanes<P> {
  /** The next request; empty while every lane rests or has an entry under way, or where nothing is left. */
  next(): Entry<P>[];
  /** Milliseconds until a lane has rested. */
  restMs(): number;
  /** Tells what became of an entry of the request: taken, and its lane goes on; refused, and its lane rests. */
  answer(entry: Entry<P>, taken: boolean): void;
}

interface Lane<P> {
  /** In order; the first of them is the next to go. */
  entries: Entry<P>[];
  /** How often the first was refused. */
  refusals: number;
  restsUntil: number;
  /** Its first entry is in a request. */
  isUnderWay: boolean;
}

/** The lanes of a batch. */
export function createLanes<P>(entries: Entry<P>[], most: Most): Lanes<P> {
  const lanes = new Map<string, Lane<P>>();
  for (const [name, own] of Map.groupBy(entries, ({ lane }) => lane)) {
    lanes.set(name, { entries: own, refusals: 0, restsUntil: 0, isUnderWay: false });
  }

  return {
    next() {
      const now = Date.now();
      const ready = [...lanes.values()].filter(({ restsUntil, isUnderWay }) => restsUntil <= now && !isUnderWay);
      // Longest first: as many requests are needed as the longest has records.
      return cut(
        ready.toSorted((a, b) => b.entries.length - a.entries.length),
        most,
      );
    },
    restMs() {
      const soonest = [...lanes.values()].reduce((least, { restsUntil }) => Math.min(least, restsUntil), Infinity);
      return Math.max(0, soonest - Date.now());
    },
    answer(entry, taken) {
      const lane = lanes.get(entry.lane);
      if (!lane) return;
      lane.isUnderWay = false;
      if (taken) {
        lane.entries.shift();
        lane.refusals = 0;
        if (lane.entries.length === 0) lanes.delete(entry.lane);
        return;
      }
      const rest = Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** lane.refusals++);
      lane.restsUntil = Date.now() + rest * (0.5 + Math.random() / 2);
    },
  };
}

/** As many first entries as a request takes; at least one, however large. */
function cut<P>(lanes: Lane<P>[], most: Most): Entry<P>[] {
  const request: Entry<P>[] = [];
  let bytes = 0;
  for (const lane of lanes) {
    if (request.length === most.entries) break;
    const [entry] = lane.entries;
    if (entry === undefined || (request.length > 0 && bytes + entry.bytes > most.bytes)) continue;
    lane.isUnderWay = true;
    request.push(entry);
    bytes += entry.bytes;
  }
  return request;
}
