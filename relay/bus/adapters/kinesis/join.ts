/** A member of a group: takes, renews and gives up leases, as shards and members come and go. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Outage } from "../../consume/outage.ts";
import type { SubscribeOptions } from "../../port/subscriber.ts";
import type { Stream } from "./client.ts";
import type { Checkpoint, Lease, LeaseTable } from "./leases.ts";
import { MEMBER, missingLeases, shareOf } from "./share.ts";
import { listShards, type Shard, type Start } from "./shard.ts";

/** A topic's part of a shard, while it is this member's. */
export interface Lane {
  name: string;
  topic: string;
  /** `closed` is kept as the stream says. */
  shard: Shard;
  start: Start;
  /** Aborted when it is no longer to be read. */
  signal: AbortSignal;
  stop(): void;
  /** Writes down how far it is; without effect once it is somebody else's. */
  commit(checkpoint: Checkpoint): Promise<void>;
}

interface JoinOptions {
  stream: Stream;
  tableOf(topic: string): LeaseTable;
  topics: string[];
  from: SubscribeOptions["from"];
  member: string;
  leaseMs: number;
  outage: Outage;
  gained(lane: Lane): void;
  /** Lanes are given up: resolves when what has begun has ended and is committed. */
  leaving(names: string[]): Promise<void>;
  /** Lanes are somebody else's already. */
  lost(names: string[]): Promise<void>;
}

/** A topic, and what this member has of it. */
interface Part {
  topic: string;
  table: LeaseTable;
  /** By shard. */
  lanes: Map<string, Lane>;
  /** Counters of rows, and when they were seen first. */
  seen: Map<string, { counter: number; at: number }>;
}

/** Makes the membership. */
export function joinLanes(options: JoinOptions) {
  const { stream, member, leaseMs, outage, gained, leaving, lost } = options;
  const parts = options.topics.map((topic): Part => ({
    topic,
    table: options.tableOf(topic),
    lanes: new Map(),
    seen: new Map(),
  }));
  const first: Checkpoint = options.from === "earliest" ? "beginning" : { at: Date.now() };
  const own: Lease = { name: MEMBER + member, owner: member, counter: 0, checkpoint: "beginning" };

  const isAliveIn =
    ({ seen }: Part) =>
    ({ name, counter }: Lease): boolean => {
      const known = seen.get(name);
      if (known?.counter === counter) return Date.now() - known.at < leaseMs;
      seen.set(name, { counter, at: Date.now() });
      return true;
    };
  const open = ({ table, topic, lanes }: Part, { name: id, checkpoint }: Lease, shard: Shard): void => {
    const stop = new AbortController();
    const name = `${topic}/${id}`;
    const start = startOf(checkpoint);
    const commit = async (reached: Checkpoint): Promise<void> => {
      const isOurs = await table.commit(id, member, reached);
      if (isOurs && reached === "end") lanes.delete(id);
    };
    const lane = { name, topic, shard, start, signal: stop.signal, stop: () => stop.abort(), commit };
    lanes.set(id, lane);
    gained(lane);
  };
  const renew = async ({ table, lanes }: Part): Promise<void> => {
    const renewed = await Promise.all(
      [...lanes].map(async ([id, { name }]) => ({ id, name, isOurs: await table.renew(id, member) })),
    );
    const gone = renewed.filter(({ id, isOurs }) => !isOurs && lanes.has(id));
    for (const { id } of gone) lanes.delete(id);
    if (gone.length > 0) await lost(gone.map(({ name }) => name));
    if (!(await table.renew(own.name, member))) await table.create(own);
  };
  const giveUp = async ({ table, lanes }: Part, ids: string[]): Promise<void> => {
    await leaving(ids.flatMap((id) => lanes.get(id)?.name ?? []));
    for (const id of ids) {
      lanes.delete(id);
      await table.release(id, member);
    }
  };
  const balance = async (part: Part, shards: Shard[]): Promise<void> => {
    const { table, lanes } = part;
    await renew(part);
    let leases = await table.list();
    const missing = missingLeases(shards, leases, first);
    for (const lease of missing) await table.create(lease);
    if (missing.length > 0) leases = await table.list();
    const isAlive = isAliveIn(part);
    const alive = new Map(leases.map((lease) => [lease.name, isAlive(lease)]));
    const share = shareOf({ shards, leases, member, isAlive: ({ name }) => alive.get(name) === true });
    let room = share.room;
    for (const lease of share.take) {
      const shard = shards.find(({ id }) => id === lease.name);
      if (room === 0 || shard === undefined || lanes.has(lease.name) || !(await table.take(lease, member))) continue;
      open(part, lease, shard);
      room--;
    }
    if (share.excess > 0) await giveUp(part, [...lanes.keys()].slice(-share.excess));
    for (const lease of leases) {
      if (lease.name.startsWith(MEMBER) && alive.get(lease.name) === false) await table.remove(lease.name);
    }
  };
  /** Looks once, at everything. */
  const beat = async (): Promise<void> => {
    const shards = await listShards(stream);
    const closed = new Set(shards.filter((shard) => shard.closed).map(({ id }) => id));
    for (const part of parts) {
      for (const [id, { shard }] of part.lanes) shard.closed = closed.has(id);
      // Each topic's shard is its own object, since its reader is told when it closes.
      await balance(
        part,
        shards.map((shard) => ({ ...shard })),
      );
    }
  };

  return {
    beat,
    async run(signal: AbortSignal): Promise<void> {
      while (!signal.aborted) {
        await sleep(leaseMs / 4, undefined, { signal }).catch(() => {});
        if (!signal.aborted) await outage.trying(beat);
      }
    },
    async leave(): Promise<void> {
      await Promise.all(
        parts.map(async (part) => {
          await giveUp(part, [...part.lanes.keys()]);
          await part.table.remove(own.name);
        }),
      );
    },
  };
}

function startOf(checkpoint: Checkpoint): Start {
  if (checkpoint === "beginning" || checkpoint === "end") return "beginning";
  return "at" in checkpoint ? { at: new Date(checkpoint.at) } : checkpoint;
}
