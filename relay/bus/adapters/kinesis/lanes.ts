/** Cuts records into requests of which each holds at most one record of a (topic, key): a lane. */
import type { Entry } from "./entry.ts";

/** Records in a request, at most. https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html */
const MOST_RECORDS = 500;
/** Bytes of data and keys in a request, at most. AWS takes 10 MiB by now; 5 MiB is what emulators and older endpoints take, too. */
const MOST_BYTES = 5 * 1024 * 1024;
/** How long a lane rests whose record was refused, milliseconds; doubled each further time. Others, on other shards, go on. */
const FIRST_REST_MS = 100;
const LONGEST_REST_MS = 1_000;

/** Records that are left to put. */
export interface Lanes {
  /** The next request; empty while every lane rests, or where nothing is left. */
  next(): Entry[];
  /** Milliseconds until a lane has rested. */
  restMs(): number;
  /** Tells what became of an entry of the request: taken, and its lane goes on; refused, and its lane rests. */
  answer(entry: Entry, taken: boolean): void;
}

interface Lane {
  /** In order; the first of them is the next to go. */
  entries: Entry[];
  /** How often the first was refused. */
  refusals: number;
  restsUntil: number;
}

/** The lanes of a batch. */
export function createLanes(entries: Entry[]): Lanes {
  const lanes = new Map<string, Lane>();
  for (const [name, own] of Map.groupBy(entries, nameOf)) lanes.set(name, { entries: own, refusals: 0, restsUntil: 0 });

  return {
    next() {
      const now = Date.now();
      const ready = [...lanes.values()].filter(({ restsUntil }) => restsUntil <= now);
      // Longest first: as many requests are needed as the longest has records.
      return cut(ready.toSorted((a, b) => b.entries.length - a.entries.length));
    },
    restMs() {
      const soonest = [...lanes.values()].reduce((least, { restsUntil }) => Math.min(least, restsUntil), Infinity);
      return Math.max(0, soonest - Date.now());
    },
    answer(entry, taken) {
      const lane = lanes.get(nameOf(entry));
      if (!lane) return;
      if (taken) {
        lane.entries.shift();
        lane.refusals = 0;
        if (lane.entries.length === 0) lanes.delete(nameOf(entry));
        return;
      }
      const most = Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** lane.refusals++);
      lane.restsUntil = Date.now() + most * (0.5 + Math.random() / 2);
    },
  };
}

/** As many first records as a request takes; at least one, however large. */
function cut(lanes: Lane[]): Entry[] {
  const request: Entry[] = [];
  let bytes = 0;
  for (const { entries } of lanes) {
    if (request.length === MOST_RECORDS) break;
    const [entry] = entries;
    if (entry === undefined || (request.length > 0 && bytes + entry.bytes > MOST_BYTES)) continue;
    request.push(entry);
    bytes += entry.bytes;
  }
  return request;
}

function nameOf({ record: { topic, key } }: Entry): string {
  return JSON.stringify([topic, key]);
}
