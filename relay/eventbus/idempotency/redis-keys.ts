import type { IdempotencyKeyStore } from "./key-store.ts";

/** The part of a redis client that keys need, as ioredis has it. */
export interface RedisClient {
  exists(key: string): Promise<number>;
  set(key: string, value: string, unit: "PX", milliseconds: number): Promise<unknown>;
}

/**
 * Keys in redis, which removes them by itself. Redis keeps what it is told to keep: with `appendfsync everysec`, its default, a crash of
 * the machine may lose the last second of keys, and with `maxmemory-policy allkeys-*` it drops keys when it is full.
 */
export function redisKeyStore(redis: RedisClient, prefix = "sightline:done:"): IdempotencyKeyStore {
  return {
    has: async (key) => (await redis.exists(prefix + key)) === 1,
    async put(key, ttlSeconds) {
      await redis.set(prefix + key, "1", "PX", Math.ceil(ttlSeconds * 1000));
    },
  };
}
