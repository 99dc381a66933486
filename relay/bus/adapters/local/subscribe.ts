/** Subscribes to topics of a bus in SQLite. A topic has eight lanes, by the hash of the key; the members of a group share them. */
import type { DatabaseSync } from "node:sqlite";
import { crc32 } from "node:zlib";
import { createOutage, type Outage } from "../../consume/outage.ts";
import { createProgress, type Progress } from "../../consume/progress.ts";
import { type Delivery, MOST_PLAN_BYTES, type Sink, type SubscribeOptions, type Subscription } from "../../port/subscriber.ts";
import { HEARTBEAT_MS, joinGroup, LANES, type Membership, originOf } from "./groups.ts";
import { newestOf, pause, toRecord } from "./read.ts";
import type { Handle } from "./sqlite-bus.ts";

/** What of the bus a subscriber needs. */
interface Subscribable {
  open(): Handle;
  pollMs: number;
}

/** A topic and this member's part of it. */
interface Part {
  topic: string;
  membership: Membership;
  /** By its own lanes: the place up to which they are read. */
  read: Map<number, number>;
  /** Own lanes that are being given up. */
  leaving: Map<number, Promise<void>>;
}

/** What the tasks of a subscription share. */
interface Work {
  parts: Part[];
  /** What the places of the bus count in. */
  origin: string;
  progress: Progress;
  sink: Sink;
  outage: Outage;
  signal: AbortSignal;
}

const laneName = (topic: string, lane: number): string => `${topic}/${lane}`;
const laneOf = (key: string): number => crc32(key) % LANES;

/** Joins, and hands over what there is until it is closed. */
export function subscribeRecords(bus: Subscribable, options: SubscribeOptions, sink: Sink): Subscription {
  const { topics, group, consumer, from } = options;
  const handle = bus.open();
  const { db } = handle;
  const member = `${consumer} ${crypto.randomUUID()}`;
  const parts = topics.map((topic): Part => {
    const membership = group === undefined ? alone(db) : joinGroup(db, group, topic, member, from);
    return { topic, membership, read: new Map(), leaving: new Map() };
  });
  const outage = createOutage(sink);
  const progress = createProgress({
    commitEvery: options.commitEvery,
    intervalMs: options.commitIntervalMs,
    commit: async (positions) => commitAll(parts, positions),
    onError: outage.began,
  });
  const stop = new AbortController();
  const { signal } = stop;
  const work = { parts, origin: originOf(db), progress, sink, outage, signal };
  const tasks = [beating(work), fetching(work, bus.pollMs, db, options)];

  return {
    lanes: () => parts.flatMap(({ topic, read }) => [...read.keys()].map((lane) => laneName(topic, lane))),
    lag: async () => lagOf(db, parts),
    ...(group === undefined ? {} : { plan: async (name: string, plan: string) => planLane(parts, name, plan) }),
    async close() {
      stop.abort();
      // A sink that has no room resolves what it was handed once that is drained.
      const given = parts.map((part) => giveUp(part, [...part.read.keys()], progress, sink));
      const ends = await Promise.allSettled([...given, ...tasks]);
      ends.push(...(await Promise.allSettled(parts.flatMap(({ leaving }) => [...leaving.values()]))));
      progress.close();
      try {
        for (const { membership } of parts) membership.leave();
        const failed = ends.find((end) => end.status === "rejected");
        if (failed !== undefined) throw failed.reason;
      } finally {
        handle.close();
      }
    },
  };
}

/** Keeps the membership, and takes and gives up lanes as the group's members come and go. */
async function beating({ parts, origin, progress, sink, outage, signal }: Work): Promise<void> {
  do {
    for (const part of parts) {
      await outage.trying(async () => {
        const { own: given, excess } = part.membership.beat();
        const has = new Map(given.map((one) => [one.lane, one]));
        const lost = [...part.read.keys()].filter((lane) => !has.has(lane));
        drop(part, lost, progress);
        // Not waited for: a handler may take longer than a session, and the heart beats on.
        leave(part, lost, sink.drain(lost.map((lane) => laneName(part.topic, lane))), outage);
        const own = [...has].filter(([lane]) => !part.leaving.has(lane));
        for (const [lane, { committed, plan }] of own) {
          if (part.read.has(lane)) continue;
          part.read.set(lane, committed);
          sink.begin?.(laneName(part.topic, lane), plan ?? undefined, origin);
        }
        const more = Math.max(0, excess - (has.size - own.length));
        const going = [...part.read.keys()].slice(part.read.size - more);
        leave(part, going, giveUp(part, going, progress, sink), outage);
      });
    }
  } while (await pause(HEARTBEAT_MS, signal, true));
}

/** Marks lanes as going until that has ended. */
function leave(part: Part, lanes: number[], ending: Promise<void>, outage: Outage): void {
  const ended = ending.catch(outage.began).finally(() => lanes.forEach((lane) => part.leaving.delete(lane)));
  for (const lane of lanes) part.leaving.set(lane, ended);
}

/** Ends what has begun in some lanes, commits it, and leaves them to others. */
async function giveUp(part: Part, lanes: number[], progress: Progress, sink: Sink): Promise<void> {
  if (lanes.length === 0) return;
  for (const lane of lanes) part.read.delete(lane);
  await sink.drain(lanes.map((lane) => laneName(part.topic, lane)));
  // What could not be committed is handed out again, by whoever has the lane then.
  await progress.flush().finally(() => drop(part, lanes, progress));
  part.membership.release(lanes);
}

function drop(part: Part, lanes: number[], progress: Progress): void {
  for (const lane of lanes) part.read.delete(lane);
  progress.drop(lanes.map((lane) => laneName(part.topic, lane)));
}

/** Hands over what there is, and looks for more. */
async function fetching(
  { parts, progress, sink, outage, signal }: Work,
  pollMs: number,
  db: DatabaseSync,
  { batchSize, blockMs }: SubscribeOptions,
): Promise<void> {
  const page = db.prepare("SELECT * FROM records WHERE topic = ? AND seq > ? ORDER BY seq LIMIT ?");
  let emptySince = Date.now();
  do {
    let found = 0;
    for (const part of parts) {
      await outage.trying(async () => {
        if (part.read.size === 0) return;
        const rows = page.all(part.topic, Math.min(...part.read.values()), batchSize);
        found += rows.length;
        const deliveries = rows.flatMap((row) => deliver(part, row, progress));
        if (deliveries.length > 0) await sink.take(deliveries);
      });
    }
    if (found > 0) emptySince = Date.now();
    else if (Date.now() - emptySince >= blockMs) {
      emptySince = Date.now();
      await sink.take([]);
    }
    if (found > 0 && !signal.aborted) continue;
  } while (!signal.aborted && (await pause(pollMs, signal)));
}

/** A row as a delivery, where it is of an own lane that has not had it. The other own lanes are past it, too. */
function deliver(part: Part, row: Record<string, unknown>, progress: Progress): Delivery[] {
  const seq = Number(row["seq"]);
  const own = laneOf(String(row["key"]));
  let delivery: Delivery | undefined;
  for (const [lane, read] of part.read) {
    if (read >= seq) continue;
    part.read.set(lane, seq);
    const name = laneName(part.topic, lane);
    if (lane !== own) progress.pass(name, BigInt(seq));
    else delivery = { record: toRecord(row), lane: name, attempt: 1, ack: progress.handOut(name, BigInt(seq)) };
  }
  return delivery ? [delivery] : [];
}

/** Everything, from now on; nothing is remembered. */
function alone(db: DatabaseSync): Membership {
  const committed = newestOf(db);
  const own = Array.from({ length: LANES }, (_, lane) => ({ lane, committed, plan: null }));
  return { beat: () => ({ own, excess: 0 }), commit: () => {}, plan: () => false, release: () => {}, leave: () => {} };
}

function commitAll(parts: Part[], positions: ReadonlyMap<string, bigint>): void {
  for (const { topic, membership } of parts) {
    const own = [...positions].map(([name, place]) => ({ ...partOf(name), place })).filter((one) => one.topic === topic);
    membership.commit(new Map(own.map(({ lane, place }) => [lane, Number(place)])));
  }
}

function planLane(parts: Part[], name: string, plan: string): void {
  const bytes = Buffer.byteLength(plan);
  if (bytes > MOST_PLAN_BYTES) throw new Error(`expected a plan of at most ${MOST_PLAN_BYTES} bytes, got ${bytes}`);
  const { topic, lane } = partOf(name);
  const part = parts.find((one) => one.topic === topic);
  // What is being given up is planned no more, though it is still this member's.
  const isOwn = part?.read.has(lane) === true && part.membership.plan(lane, plan);
  if (!isOwn) throw new Error(`${name} is not this member's`);
}

function partOf(name: string): { topic: string; lane: number } {
  const slash = name.lastIndexOf("/");
  return { topic: name.slice(0, slash), lane: Number(name.slice(slash + 1)) };
}

function lagOf(db: DatabaseSync, parts: Part[]): Map<string, number> {
  const lag = new Map<string, number>();
  const after = db.prepare("SELECT key, seq FROM records WHERE topic = ? AND seq > ?");
  for (const { topic, membership } of parts) {
    const { own } = membership.beat();
    for (const { lane } of own) lag.set(laneName(topic, lane), 0);
    const committed = new Map(own.map((lane) => [lane.lane, lane.committed]));
    for (const { key, seq } of after.iterate(topic, Math.min(...committed.values()))) {
      const name = laneName(topic, laneOf(String(key)));
      if (Number(seq) > (committed.get(laneOf(String(key))) ?? Infinity)) lag.set(name, (lag.get(name) ?? 0) + 1);
    }
  }
  return lag;
}
