/** Settings of the bus `redis`, which `redis-streams` has as well. */
import { z } from "zod";
import { count, type Options, setting, text } from "../../../lib/settings.ts";

const isAddress = (address: string): boolean => URL.canParse(address) && /^rediss?:$/.test(new URL(address).protocol);

export const redisSettings = {
  url: setting(
    "REDIS_URL",
    text
      .refine(isAddress, "expected an address such as redis://127.0.0.1:6379, or rediss:// for TLS")
      .optional()
      .describe(
        "address of the server, for redis and redis-streams, with user, password and number of the database where it has them; unset with redis: the bus is off",
      ),
    { secret: true },
  ),
  topicPrefix: setting(
    "REDIS_TOPIC_PREFIX",
    z.string().prefault("").describe("put before every topic's name, for redis and redis-streams"),
  ),
  commandTimeoutMs: setting(
    "REDIS_COMMAND_TIMEOUT_MS",
    count(5_000, 100, 600_000).describe("milliseconds that a command may take, for redis and redis-streams"),
  ),
  maxRecordBytes: setting(
    "REDIS_MAX_RECORD_BYTES",
    count(1024 * 1024, 1024, 512 * 1024 * 1024).describe(
      "bytes of value, key and headers that a record may have, for redis and redis-streams; Redis itself has no limit that would be of use",
    ),
  ),
};

/** Their values. */
export type RedisOptions = Options<typeof redisSettings>;
