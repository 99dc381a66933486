/** Redis as pub/sub: the server, and whether anybody listens. */
import { type Finding, findings } from "../../port/finding.ts";
import { ENVELOPE_TYPES, topicName, type TopicNames } from "../../port/topics.ts";
import { addressOf, connectRedis } from "./connection.ts";
import { serverInfo } from "./info.ts";
import type { RedisOptions } from "./settings.ts";

const { ok, warn } = findings("bus");

/** Asks the server. Rejects where it cannot be had. */
export async function checkRedis(options: RedisOptions, names: TopicNames): Promise<Finding[]> {
  const redis = await connectRedis({ ...options, name: "sightline-doctor" });
  try {
    const info = await serverInfo(redis);
    const topics = ENVELOPE_TYPES.map((type) => topicName(names, type));
    // A flat list: name, subscribers, name, …
    const listeners = (await redis.pubsub("NUMSUB", ...topics)) as (string | number)[];
    const deaf = topics.filter((_topic, index) => Number(listeners[index * 2 + 1]) === 0);
    return [
      ok(`Redis ${info.get("redis_version")} at ${addressOf(options.url)}`),
      warn(
        "pub/sub keeps nothing for whoever is not there (at-most-once)",
        "set EVENT_PUBLISHER=redis-streams where events must not be lost",
      ),
      deaf.length === 0
        ? ok(`somebody listens to each of ${topics.length} topics`)
        : warn(
            `nobody listens now to ${deaf.join(", ")}: what is published there is lost`,
            "start the subscribers before the relay",
          ),
    ];
  } finally {
    redis.disconnect();
  }
}
