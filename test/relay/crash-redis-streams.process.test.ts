import { describe, inject } from "vitest";
import { crashSuite } from "./crash-suite.ts";

const redis = inject("redis");
const REDIS_URL = "url" in redis ? redis.url : "";

describe.skipIf("missing" in redis)(`on ${"missing" in redis ? redis.missing : "a real Redis"}`, { timeout: 120_000 }, () => {
  let database = 0;
  // A database of its own: in the first one are other tests.
  crashSuite("redis-streams", ["after_publish"], () => ({
    EVENT_PUBLISHER: "redis-streams",
    REDIS_URL: `${REDIS_URL}/${++database}`,
  }));
});
