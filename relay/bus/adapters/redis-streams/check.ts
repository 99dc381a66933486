/** Redis as the server of streams: can it do that, does it keep what it has, and does a relay fit in. */
import type { BusPlace } from "../../port/adapter.ts";
import { type Finding, findings } from "../../port/finding.ts";
import type { Holder } from "../../port/holder.ts";
import { allTopics, type TopicNames } from "../../port/topics.ts";
import { addressOf, connectRedis } from "../redis/connection.ts";
import { serverInfo } from "../redis/info.ts";
import { readPlace } from "./append.ts";
import { placeOf } from "./redis-streams.ts";
import type { RedisStreamsOptions } from "./settings.ts";
import { streamsOf } from "./stream.ts";

const { ok, warn, fail } = findings("bus");

/** Where XAUTOCLAIM and MINID are from. */
const OLDEST = [6, 2];

/** Asks the server. Rejects where it cannot be had. */
export async function checkRedisStreams(options: RedisStreamsOptions, names: TopicNames): Promise<Finding[]> {
  const redis = await connectRedis({ ...options, name: "sightline-doctor" });
  try {
    const info = await serverInfo(redis);
    const streams = streamsOf(allTopics(names), options.partitions);
    const kinds = await Promise.all(streams.map(({ key }) => redis.type(key)));
    const foreign = streams.filter((_stream, index) => !["none", "stream"].includes(kinds[index] ?? ""));
    const there = kinds.filter((kind) => kind === "stream").length;
    return [
      version(info, addressOf(options.url)),
      foreign.length === 0
        ? ok(`${there} of ${streams.length} streams are there; the relay makes each with its first record`)
        : fail(
            `something else has the name of a stream: ${foreign.map(({ key }) => key).join(", ")}`,
            "set REDIS_TOPIC_PREFIX, or delete it",
          ),
      ...role(info),
      disk(info),
      memory(info),
    ];
  } finally {
    redis.disconnect();
  }
}

/** Who published last in a relay's place. Rejects where the server cannot be had. */
export async function redisHolder(options: RedisStreamsOptions, place: Pick<BusPlace, "slot" | "topics">): Promise<Holder> {
  const redis = await connectRedis({ ...options, name: "sightline-doctor" });
  try {
    return await readPlace(redis, placeOf(place));
  } finally {
    redis.disconnect();
  }
}

type Info = ReadonlyMap<string, string>;

function version(info: Info, where: string): Finding {
  const found = info.get("redis_version") ?? "0";
  const [major = 0, minor = 0] = found.split(".").map(Number);
  const isOld = major < OLDEST[0]! || (major === OLDEST[0] && minor < OLDEST[1]!);
  return isOld
    ? fail(`Redis ${found} at ${where}`, `Redis ${OLDEST.join(".")} or later is needed`)
    : ok(`Redis ${found} at ${where}`);
}

function role(info: Info): Finding[] {
  return info.get("role") === "master" ? [] : [fail("it is a replica, which takes no records", "name the primary in REDIS_URL")];
}

function disk(info: Info): Finding {
  if (info.get("aof_enabled") === "1") return ok("it writes an append-only file");
  return warn(
    "it writes no append-only file: what it has is gone when it ends",
    "set appendonly yes, and appendfsync always or everysec",
  );
}

function memory(info: Info): Finding {
  const policy = info.get("maxmemory_policy") ?? "unknown";
  if (policy === "noeviction") return ok("it evicts nothing: where its memory is full, the relay waits");
  return warn(`maxmemory-policy is ${policy}: whole streams may vanish where memory is short`, "set maxmemory-policy noeviction");
}
