/** Which shards a member of a group is to have. Pure: it decides by what the table and the stream say. */
import type { Checkpoint, Lease } from "./leases.ts";
import type { Shard } from "./shard.ts";

/** Begins the name of a member's row. */
export const MEMBER = "member ";

/** What was listed, and what this member knows. */
interface Situation {
  shards: Shard[];
  leases: Lease[];
  member: string;
  /** Whether a row has been renewed lately. */
  isAlive(lease: Lease): boolean;
}

/** What this member is to do. */
export interface Share {
  /** Free rows that it takes, at most `room` of them. */
  take: Lease[];
  room: number;
  /** How many of its own it gives up. */
  excess: number;
}

/** The rows of shards that have none yet: they begin where their parents are known to end, others where the group begins. */
export function missingLeases(shards: Shard[], leases: Lease[], first: Checkpoint): Lease[] {
  const known = new Set(leases.map(({ name }) => name));
  return shards
    .filter(({ id }) => !known.has(id))
    .map(({ id, parents }) => {
      const checkpoint = parents.some((parent) => known.has(parent)) ? "beginning" : first;
      return { name: id, owner: undefined, counter: 0, checkpoint };
    });
}

/** Shards are shared evenly by the members that live. A shard is read when those that it was made from are finished. */
export function shareOf({ shards, leases, member, isAlive }: Situation): Share {
  const byName = new Map(leases.map((lease) => [lease.name, lease]));
  const members = leases.filter((lease) => lease.name.startsWith(MEMBER) && isAlive(lease));
  const isReady = ({ parents }: Shard): boolean =>
    parents.every((parent) => !byName.has(parent) || byName.get(parent)?.checkpoint === "end");
  const open = shards.flatMap((shard) => {
    const lease = byName.get(shard.id);
    return lease !== undefined && lease.checkpoint !== "end" && isReady(shard) ? [lease] : [];
  });
  const fair = Math.ceil(open.length / Math.max(1, members.length));
  const own = open.filter(({ owner }) => owner === member).length;
  return {
    take: open.filter((lease) => lease.owner !== member && (lease.owner === undefined || !isAlive(lease))),
    room: Math.max(0, fair - own),
    excess: Math.max(0, own - fair),
  };
}
