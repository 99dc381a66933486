import { randomUUID } from "node:crypto";
import { describe, inject } from "vitest";
import { redisStreamsAdapter } from "../../../relay/bus/adapters/redis-streams/adapter.ts";
import { redisStreamsBus } from "../../services/bus-of.ts";
import { busContract } from "./contract.ts";
import { subscriberContract } from "./subscriber-contract.ts";

const redis = inject("redis");
const REDIS_URL = "url" in redis ? redis.url : "";

describe.skipIf("missing" in redis)(`on ${"missing" in redis ? redis.missing : "a real Redis"}`, () => {
  busContract("redis-streams", async () => {
    const prefix = `${randomUUID()}.`;
    return {
      make: async () => redisStreamsBus({ REDIS_URL, REDIS_TOPIC_PREFIX: prefix }, "0"),
      topics: [`${prefix}a.v1`, `${prefix}b.v1`],
    };
  });

  subscriberContract("redis-streams", async () => {
    const prefix = `${randomUUID()}.`;
    const env = {
      REDIS_URL,
      REDIS_TOPIC_PREFIX: prefix,
      REDIS_STREAMS_PARTITIONS: "4",
      REDIS_STREAMS_CLAIM_IDLE_MS: "1500",
    };
    return {
      make: async () => redisStreamsBus(env),
      topic: () => `${prefix}${randomUUID()}.v1`,
      subscribe: redisStreamsAdapter.capabilities.subscribe!,
    };
  });
});
