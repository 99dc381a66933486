/**
 * One partition's part of an idempotent producer (KIP-98): batches in their order, some of them under way at once.
 *
 * What fails is sent again as it was, with the same sequence, to whoever leads the partition then: a broker that has it says so, and one
 * that lacks an earlier one takes none after it. A broker remembers the last five batches of a producer, so that no more are under way.
 * To a broker that knows nothing of the producer any sequence is the next one: the first batch goes alone.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { BusRecord } from "../../../port/bus.ts";
import type { TopicFault } from "../wire/faults.ts";
import { sizeOf } from "../wire/record-size.ts";
import { DENIED, LOST, NOT_WRITTEN, REFUSED } from "./errors.ts";
import type { Fate, Failure } from "./fate.ts";

/** A producer id and its epoch. */
export interface Identity {
  producerId: bigint;
  producerEpoch: number;
}

/** A record, and the publish that waits for it. */
export interface Unit {
  record: BusRecord;
  fate: Fate;
}

/** A send that failed; without a code no broker said so. */
export interface SendError {
  code: TopicFault["code"] | undefined;
  cause: Error;
}

/** What a lane needs. */
export interface LaneParts {
  /** Sends a batch once; resolves with why it failed, undefined where it is confirmed. */
  send(batch: Batch): Promise<SendError | undefined>;
  /** A producer id that is not the one that was lost, nor any before it. */
  identify(lost: Identity | undefined): Promise<Identity>;
  /** Bytes of a batch, at most, unless one record alone has more. */
  bytes: number;
  /** How long a batch that has room waits for more, milliseconds. */
  lingerMs: number;
  /** How long a batch is tried, milliseconds. */
  giveUpMs: number;
}

/** Records that are sent together. */
export interface Batch {
  units: Unit[];
  identity: Identity;
  sequence: number;
}

interface Entry {
  units: Unit[];
  bytes: number;
  /** Until when it waits for more records. */
  openUntil: number;
  /** Until when it is tried. */
  deadline: number;
  sequence: number;
  state: "waiting" | "under way" | "confirmed";
  /** Why its last send failed. */
  error: SendError | undefined;
  /** Nothing was before it when it was sent last. */
  wasFirst: boolean;
  /** It was sent, and nobody said that it was not written. */
  isMaybeThere: boolean;
}

/** Batches under way, at most. */
const WINDOW = 5;
/** After so long without a confirmation a broker may have forgotten the producer, milliseconds. */
const FORGOTTEN_MS = 600_000;
/** Sequences have 31 bits. */
const SEQUENCES = 0x80000000;
const PAUSE_MS = { first: 20, most: 1_000 };

/** A partition. */
export interface Lane {
  /** Puts a record behind those that were given before. */
  add(unit: Unit): void;
  /** Waits for no more records. */
  flush(): void;
}

/** Makes it. */
export function createLane({ send, identify, bytes, lingerMs, giveUpMs }: LaneParts): Lane {
  let limit = bytes;
  /** Sent, and not confirmed from its first on. */
  let window: Entry[] = [];
  /** Behind the window, and not sent yet. */
  let queue: Entry[] = [];
  let identity: Identity | undefined;
  let lost: Identity | undefined;
  /** Sequence of the next record that is sent. */
  let next = 0;
  let confirmedAt = -Infinity;
  let pauseMs = PAUSE_MS.first;
  /** Something failed: nothing is sent until all that is under way has ended. */
  let isBroken = false;
  let isRunning = false;
  /** Something has happened since the last look at what there is to do. */
  let isAsked = false;
  let isFlushing = false;
  let timer: NodeJS.Timeout | undefined;

  const room = (): number => (performance.now() - confirmedAt < FORGOTTEN_MS ? WINDOW : 1);
  const isDue = (): boolean => {
    const [first, second] = queue;
    return first !== undefined && (isFlushing || second !== undefined || first.openUntil <= performance.now());
  };

  const transmit = (entry: Entry, by: Identity): void => {
    entry.state = "under way";
    entry.wasFirst = entry === window[0];
    void send({ units: entry.units, identity: by, sequence: entry.sequence }).then((error) => {
      entry.error = error;
      entry.state = error === undefined ? "confirmed" : "waiting";
      if (error !== undefined) {
        isBroken = true;
        entry.isMaybeThere ||= error.code === undefined || !NOT_WRITTEN.has(error.code);
      }
      while (window[0]?.state === "confirmed") confirm(window.shift()!);
      return run();
    });
  };
  const confirm = ({ units }: Entry): void => {
    confirmedAt = performance.now();
    pauseMs = PAUSE_MS.first;
    for (const { fate } of units) fate.confirm();
  };

  /** Nothing that was given later may overtake what failed: all that is there fails with it. */
  const giveUp = (cause: Error): void => {
    const all = [...window, ...queue];
    lost = identity ?? lost;
    [window, queue, identity, next, confirmedAt] = [[], [], undefined, 0, -Infinity];
    for (const { state, units, isMaybeThere } of all) {
      if (state !== "confirmed") fail(units, { outcome: isMaybeThere ? "unknown" : "absent", cause });
      else for (const { fate } of units) fate.confirm();
    }
  };
  /** The first of the window was refused, so that nothing after it is in the log either: what is left takes its sequence. */
  const refuse = (head: Entry, code: string, cause: Error): void => {
    const refusal = REFUSED[code]!;
    const { units } = head;
    window.shift();
    if (units.length > 1 && refusal !== "topic_unavailable") {
      if (refusal === "record_too_large") limit = Math.min(limit, Math.floor(head.bytes / 2));
      const middle = Math.ceil(units.length / 2);
      window.unshift(...[units.slice(0, middle), units.slice(middle)].map((half) => entryOf(half, head)));
    } else fail(units, { outcome: "refused", refusal: { code: refusal, message: cause.message }, cause });
    next = head.sequence;
    for (const entry of window) {
      entry.isMaybeThere = false;
      entry.sequence = next;
      next = (next + entry.units.length) % SEQUENCES;
    }
  };
  /** What to do after a failure, when nothing is under way any more. */
  const recover = async (): Promise<void> => {
    isBroken = false;
    const [head] = window;
    if (head?.error === undefined) return;
    const { code = "", cause } = head.error;
    if (code in REFUSED && !head.isMaybeThere) return refuse(head, code, cause);
    // A connection that was lost in between may turn the order of two requests round.
    const isOver = DENIED.has(code) || (LOST.has(code) && head.wasFirst);
    if (isOver || performance.now() > head.deadline) return giveUp(cause);
    await sleep(pauseMs);
    pauseMs = Math.min(pauseMs * 2, PAUSE_MS.most);
  };

  /** Does the next thing; false where there is none now. */
  const step = async (): Promise<boolean> => {
    if (isBroken) {
      if (window.some(({ state }) => state === "under way")) return false;
      await recover();
      return true;
    }
    const again = window.slice(0, room()).find(({ state }) => state === "waiting");
    if (again === undefined && (window.length >= room() || !isDue())) return false;
    identity ??= await identify(lost);
    if (again !== undefined) transmit(again, identity);
    else {
      const entry = queue.shift()!;
      entry.sequence = next;
      next = (next + entry.units.length) % SEQUENCES;
      window.push(entry);
      transmit(entry, identity);
    }
    return true;
  };
  const run = async (): Promise<void> => {
    isAsked = true;
    if (isRunning) return;
    isRunning = true;
    try {
      while (isAsked) {
        isAsked = false;
        while (await step());
      }
    } catch (error) {
      // No producer id is to be had.
      giveUp(error as Error);
    } finally {
      isRunning = false;
    }
    isFlushing &&= window.length + queue.length > 0;
    clearTimeout(timer);
    const [first] = queue;
    if (first === undefined || isBroken || window.length >= room()) return;
    // It was not due a moment ago, and may be by now.
    timer = setTimeout(() => void run(), Math.max(1, Math.ceil(first.openUntil - performance.now())));
  };
  const entryOf = (units: Unit[], like?: Entry): Entry => ({
    units,
    bytes: units.reduce((sum, { record }) => sum + sizeOf(record), 0),
    openUntil: performance.now() + lingerMs,
    deadline: like?.deadline ?? performance.now() + giveUpMs,
    sequence: 0,
    state: "waiting",
    error: undefined,
    wasFirst: false,
    isMaybeThere: false,
  });
  return {
    add(unit) {
      const last = queue.at(-1);
      const size = sizeOf(unit.record);
      if (last !== undefined && last.bytes + size <= limit) {
        last.units.push(unit);
        last.bytes += size;
        return;
      }
      queue.push(entryOf([unit]));
      void run();
    },
    flush() {
      isFlushing = true;
      void run();
    },
  };
}

function fail(units: readonly Unit[], failure: Failure): void {
  for (const { record, fate } of units) fate.fail(record, failure);
}
