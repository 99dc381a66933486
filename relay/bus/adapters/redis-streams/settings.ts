/** Settings of the bus `redis-streams`: those of `redis`, and its own. */
import { z } from "zod";
import { DAY_MS } from "../../../lib/day.ts";
import { count, type Options, setting } from "../../../lib/settings.ts";
import { redisSettings } from "../redis/settings.ts";

export const redisStreamsSettings = {
  ...redisSettings,
  partitions: setting(
    "REDIS_STREAMS_PARTITIONS",
    count(1, 1, 256).describe(
      "streams a topic: the first has its name, the others /1, /2 … behind it; so many members of a group can share a topic and still keep the order of a key",
    ),
  ),
  retentionHours: setting(
    "REDIS_STREAMS_RETENTION_HOURS",
    count(168, 1, 87_600).describe("hours after which a record may be cut off, read or not"),
  ),
  maxLength: setting(
    "REDIS_STREAMS_MAXLEN",
    z
      .string()
      .regex(/^[1-9]\d{0,14}$/, "expected a whole number from 1 on")
      .transform(Number)
      .optional()
      .describe("records that a stream keeps, about, read or not; unset: as many as there are"),
  ),
  leaseMs: setting(
    "REDIS_STREAMS_CLAIM_IDLE_MS",
    count(10_000, 300, DAY_MS).describe(
      "milliseconds without a sign of life after which a group's other members take what one has",
    ),
  ),
};

/** Their values. */
export type RedisStreamsOptions = Options<typeof redisStreamsSettings>;

/** What is missing. */
export function redisStreamsProblems({ url }: RedisStreamsOptions): string[] {
  return url === undefined ? ["REDIS_URL: expected a value, since EVENT_PUBLISHER is redis-streams"] : [];
}
