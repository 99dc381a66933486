/** What a Redis server says of itself. */
import type { Redis } from "ioredis";

/** The fields of INFO by their names. https://redis.io/docs/latest/commands/info/ */
export async function serverInfo(redis: Redis): Promise<ReadonlyMap<string, string>> {
  const lines = (await redis.info()).split("\r\n");
  return new Map(lines.flatMap((line) => (/^[a-z]/.test(line) ? [line.split(/:(.*)/s, 2) as [string, string]] : [])));
}
