/** The streams that a member has, what of them is in work, and what is acknowledged. */
import type { Redis } from "ioredis";
import type { Delivery } from "../../port/subscriber.ts";
import { toRecord } from "./entry.ts";
import type { Handed } from "./group-stream.ts";
import type { Stream } from "./stream.ts";

/** A stream that this member has. */
interface Lane {
  stream: Stream;
  /** Where looking for what was left behind stands; undefined once there is nothing of it. */
  cursor: string | undefined;
  inWork: Set<string>;
  /** Until Redis has confirmed it. */
  acked: Set<string>;
  /** Somebody else's. */
  isDropped: boolean;
}

interface LanesOptions {
  group: string;
  commitEvery: number;
  /** Told when so many are acknowledged. */
  onDue: () => void;
}

/** Makes them; there are none at first. */
export function createLanes({ group, commitEvery, onDue }: LanesOptions) {
  const lanes = new Map<string, Lane>();
  /** Given up, and not gone yet: what was in work may still be acknowledged. */
  const leaving = new Map<string, Lane>();
  let acknowledged = 0;

  return {
    names: () => [...lanes.keys()],
    add(stream: Stream) {
      if (lanes.has(stream.key)) return;
      // One that was to be given up, and could not be told so.
      const before = leaving.get(stream.key);
      if (before) before.isDropped = true;
      leaving.delete(stream.key);
      lanes.set(stream.key, { stream, cursor: "0-0", inWork: new Set(), acked: before?.acked ?? new Set(), isDropped: false });
    },
    /** Hands out no more of them. */
    leave(names: readonly string[]) {
      for (const name of names) {
        const lane = lanes.get(name);
        if (lane) leaving.set(name, lane);
        lanes.delete(name);
      }
    },
    /** They are gone: what is acknowledged of them from now on is nothing. */
    drop(names: readonly string[]) {
      for (const name of names) {
        for (const lane of [lanes.get(name), leaving.get(name)]) if (lane) lane.isDropped = true;
        lanes.delete(name);
        leaving.delete(name);
      }
    },
    /** Looks again for what was left behind: a reply may have been lost. */
    recover() {
      for (const lane of lanes.values()) lane.cursor = "0-0";
    },
    /** The first stream in which to look for what was left behind. */
    unrecovered(): { name: string; cursor: string } | undefined {
      for (const [name, { cursor }] of lanes) if (cursor !== undefined) return { name, cursor };
      return undefined;
    },
    recoveredTo(name: string, cursor: string) {
      const lane = lanes.get(name);
      if (lane) lane.cursor = cursor === "0-0" ? undefined : cursor;
    },
    /** Entries as deliveries, but for those that are in work already, and those of streams that are being given up. */
    handOut(name: string, entries: readonly Handed[]): Delivery[] {
      const lane = lanes.get(name);
      if (!lane) return [];
      return entries.flatMap(({ id, fields, attempt }) => {
        if (lane.inWork.has(id) || lane.acked.has(id)) return [];
        lane.inWork.add(id);
        const ack = (): void => {
          if (lane.isDropped || !lane.inWork.delete(id)) return;
          lane.acked.add(id);
          if (++acknowledged >= commitEvery) onDue();
        };
        return [{ record: toRecord(lane.stream, id, fields), lane: name, attempt, ack }];
      });
    },
    /** Tells Redis what is acknowledged; what it did not take is told again. */
    async commit(redis: Redis) {
      acknowledged = 0;
      for (const [name, lane] of [...lanes, ...leaving]) {
        const acked = [...lane.acked];
        if (acked.length === 0) continue;
        await redis.xack(name, group, ...acked);
        for (const id of acked) lane.acked.delete(id);
      }
    },
  };
}
