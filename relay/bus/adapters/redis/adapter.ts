import { defineAdapter } from "../../port/adapter.ts";
import { redisSettings } from "./settings.ts";

export const redisAdapter = defineAdapter({
  names: ["redis"],
  summary: "pub/sub: keeps nothing, reaches whoever listens",
  capabilities: {
    relay: "at most once",
    service: "at most once",
    orderByKey: true,
    read: false,
    subscribe: { groups: false, earliest: false, everyone: true, lag: false, plans: false },
    largest: "512 MB, REDIS_MAX_RECORD_BYTES",
    tested: "Redis 7; not Sentinel, not Cluster",
  },
  title: "Redis",
  system: "redis",
  requires: ["ioredis"],
  settings: redisSettings,
  disabledBy: ({ url }) => (url === undefined ? "REDIS_URL is not set" : undefined),
  async create(options, { topics }) {
    const { createRedisBus } = await import("./redis.ts");
    return createRedisBus(options, topics);
  },
  async check(options, { topics }) {
    const { checkRedis } = await import("./check.ts");
    return checkRedis(options, topics);
  },
});
