import { defineAdapter } from "../../port/adapter.ts";
import { redisStreamsProblems, redisStreamsSettings } from "./settings.ts";

export const redisStreamsAdapter = defineAdapter({
  names: ["redis-streams"],
  summary: "a stream a topic",
  capabilities: {
    relay: "exactly once",
    service: "at least once",
    orderByKey: true,
    read: true,
    subscribe: { groups: true, earliest: true, everyone: true, lag: true, plans: false },
    largest: "512 MB, REDIS_MAX_RECORD_BYTES",
    tested: "Redis 7, appendfsync always; not Sentinel, not Cluster, no failover to a replica",
  },
  title: "Redis Streams",
  system: "redis",
  requires: ["ioredis"],
  settings: redisStreamsSettings,
  problems: redisStreamsProblems,
  async create(options, place) {
    const { createRedisStreamsBus } = await import("./redis-streams.ts");
    return createRedisStreamsBus(options, place);
  },
  async check(options, { topics }) {
    const { checkRedisStreams } = await import("./check.ts");
    return checkRedisStreams(options, topics);
  },
  async holder(options, place) {
    const { redisHolder } = await import("./check.ts");
    return redisHolder(options, place);
  },
});
