/**
 * Appends a batch in one script, which Redis runs alone and writes to its disk and to its replicas as a whole: all records and the batch's
 * number, or nothing. So an unknown outcome is settled by one look at the number.
 *
 * Whoever opens a relay's place raises its epoch. A script of before, which the network held back or a process left behind, finds another
 * epoch than its own and does nothing.
 */
import type { Redis } from "ioredis";
import type { BusRecord } from "../../port/bus.ts";
import { type Holder, readHolder } from "../../port/holder.ts";
import { fieldsOf } from "./entry.ts";
import type { RedisStreamsOptions } from "./settings.ts";
import { streamFor } from "./stream.ts";

/** Types are looked at first: what fails in the middle of a script stays half done. */
const APPEND = `
local epoch, batch, oldest, most, note = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
if epoch ~= "" and redis.call("HGET", KEYS[1], "epoch") ~= epoch then
  return redis.error_reply("FENCED another relay has taken the place of this one")
end
for i = 2, #KEYS do
  local kind = redis.call("TYPE", KEYS[i]).ok
  if kind ~= "none" and kind ~= "stream" then
    return redis.error_reply("WRONGTYPE expected a stream at " .. KEYS[i] .. ", got a " .. kind)
  end
end
for i = 6, #ARGV, 4 do
  redis.call("XADD", KEYS[tonumber(ARGV[i])], "*", "value", ARGV[i + 1], "key", ARGV[i + 2], "headers", ARGV[i + 3])
end
if epoch ~= "" then redis.call("HSET", KEYS[1], "batch", batch, "note", note) end
for i = 2, #KEYS do
  redis.call("XTRIM", KEYS[i], "MINID", "~", oldest)
  if most ~= "" then redis.call("XTRIM", KEYS[i], "MAXLEN", "~", most) end
end
return batch`;

const HOUR_MS = 3_600_000;

/** A relay's place, and which time it was taken. */
export interface Held {
  place: string;
  /** Empty: nobody is fenced, and no number is remembered. */
  epoch: string;
}

/** Appends records. Rejects with a ReplyError where nothing was done. */
export async function appendRecords(
  redis: Redis,
  records: readonly BusRecord[],
  number: number,
  { place, epoch, note }: Held & { note: string },
  { partitions, retentionHours, maxLength }: RedisStreamsOptions,
): Promise<void> {
  const streams = records.map((record) => streamFor(record, partitions));
  const keys = [place, ...new Set(streams)];
  const places = new Map(keys.map((key, index) => [key, index + 1]));
  const oldest = Date.now() - retentionHours * HOUR_MS;
  const entries = records.flatMap((record, index) => [places.get(streams[index]!)!, ...fieldsOf(record)]);
  await redis.eval(APPEND, keys.length, ...keys, epoch, number, oldest, maxLength ?? "", note, ...entries);
}

/** Whether it was for this key that nothing was done: it is something else than a stream. */
export function isNoStream({ message }: Error, key: string): boolean {
  return message.includes(`expected a stream at ${key}, got `);
}

/** Takes a place: what was under way of whoever held it will do nothing. Resolves with the last batch that is remembered. */
export async function takePlace(redis: Redis, place: string): Promise<{ epoch: string; last: Holder }> {
  const epoch = String(await redis.hincrby(place, "epoch", 1));
  return { epoch, last: await readPlace(redis, place) };
}

/** Reads who published last in a place. */
export async function readPlace(redis: Redis, place: string): Promise<Holder> {
  const [batch, note] = await redis.hmget(place, "batch", "note");
  return readHolder(Number(batch ?? 0), note);
}
