/**
 * Who of a group has which streams. Redis hands entries of one stream to any member of a group, so that two of them would work on one key at a
 * time; here a stream has one owner, who alone reads it for the group. A member says again and again that it is there; the streams of one
 * that was silent for too long are free.
 */
import { createHash } from "node:crypto";
import type { Redis } from "ioredis";

/** A member's part of a group. */
export interface Membership {
  /** Says that it is there, takes free streams up to its share, and tells which it has, and how many of them are more than its share. */
  beat(redis: Redis): Promise<{ own: string[]; excess: number }>;
  /** Gives streams up. */
  release(redis: Redis, streams: readonly string[]): Promise<void>;
  leave(redis: Redis): Promise<void>;
}

/** By the server's clock, in one step. Replies with the share, then the numbers of the streams. */
const BEAT = `
local me, lease = ARGV[1], tonumber(ARGV[2])
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call("ZREMRANGEBYSCORE", KEYS[1], "-inf", now - lease)
redis.call("ZADD", KEYS[1], now, me)
redis.call("PEXPIRE", KEYS[1], lease * 2)
local members = redis.call("ZRANGE", KEYS[1], 0, -1)
table.sort(members)
local lanes = #KEYS - 1
local share = math.floor(lanes / #members)
for rank, member in ipairs(members) do
  if member == me and rank <= lanes % #members then share = share + 1 end
end
local own = { share }
for i = 2, #KEYS do
  if redis.call("GET", KEYS[i]) == me then
    redis.call("PEXPIRE", KEYS[i], lease)
    own[#own + 1] = i - 2
  end
end
for i = 2, #KEYS do
  if #own > share then break end
  if redis.call("SET", KEYS[i], me, "NX", "PX", lease) then own[#own + 1] = i - 2 end
end
return own`;

const RELEASE = `
for i = 1, #KEYS do
  if redis.call("GET", KEYS[i]) == ARGV[1] then redis.call("DEL", KEYS[i]) end
end`;

interface MembershipOptions {
  /** Begins the names of its keys. */
  prefix: string;
  group: string;
  member: string;
  streams: readonly string[];
  leaseMs: number;
}

/** Makes it. Members share fairly with those that want the same streams; with others whoever comes first has a stream. */
export function createMembership({ prefix, group, member, streams, leaseMs }: MembershipOptions): Membership {
  const place = `${prefix}sightline.group.${group}`;
  const wanted = createHash("sha256").update(JSON.stringify(streams)).digest("hex").slice(0, 16);
  const members = `${place}.members.${wanted}`;
  const lease = (stream: string): string => `${place}.owner.${stream}`;
  return {
    async beat(redis) {
      const keys = [members, ...streams.map(lease)];
      const [share = 0, ...own] = (await redis.eval(BEAT, keys.length, ...keys, member, leaseMs)) as number[];
      return { own: own.map((index) => streams[index]!), excess: Math.max(0, own.length - share) };
    },
    async release(redis, given) {
      if (given.length > 0) await redis.eval(RELEASE, given.length, ...given.map(lease), member);
    },
    async leave(redis) {
      await redis.zrem(members, member);
    },
  };
}
