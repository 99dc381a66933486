/** Reads streams: each from its beginning, or from its last entries on. */
import type { Redis } from "ioredis";
import type { ReadOptions, StoredRecord } from "../../port/bus.ts";
import { connectRedis } from "../redis/connection.ts";
import { type Entry, toRecord } from "./entry.ts";
import type { RedisStreamsOptions } from "./settings.ts";
import { type Stream, streamsOf } from "./stream.ts";

/** Entries in a reply, at most. */
const PAGE = 500;
/** How long the server waits for the next entry, milliseconds; then it is asked again. */
const BLOCK_MS = 1_000;

/** The records of `topics`, on a connection of its own. */
export async function* readStreams(options: RedisStreamsOptions, wanted: ReadOptions): AsyncGenerator<StoredRecord> {
  const { topics, from = "beginning", follow = false, signal } = wanted;
  const commandTimeoutMs = options.commandTimeoutMs + BLOCK_MS;
  const redis = await connectRedis({ ...options, commandTimeoutMs, name: "sightline-reader" });
  const stop = (): void => redis.disconnect();
  signal?.addEventListener("abort", stop);
  try {
    // Where each stands: what is after that is read.
    const at = new Map<Stream, string>();
    for (const stream of streamsOf(topics, options.partitions)) {
      const last = await lastIdOf(redis, stream.key);
      at.set(stream, last);
      const pages = from === "beginning" ? pagesOf(redis, stream.key, last) : lastOf(redis, stream.key, last, from.last);
      for await (const page of pages) yield* recordsOf(stream, page);
    }
    if (!follow) return;
    // Ends with the connection, which ends with the signal.
    for (;;) yield* await nextOf(redis, at);
  } catch (error) {
    if (!signal?.aborted) throw error;
  } finally {
    signal?.removeEventListener("abort", stop);
    redis.disconnect();
  }
}

/** The id of a stream's last entry; before all others where it has none. */
export async function lastIdOf(redis: Redis, key: string): Promise<string> {
  const [last] = (await redis.xrevrange(key, "+", "-", "COUNT", 1)) as [string, string[]][];
  return last?.[0] ?? "0-0";
}

/** What came after `at`, which moves on with it; nothing where nothing came for a while. */
export async function nextOf(redis: Redis, at: Map<Stream, string>, count = PAGE, blockMs = BLOCK_MS): Promise<StoredRecord[]> {
  const streams = [...at.keys()];
  const which = [...streams.map(({ key }) => key), ...at.values()];
  const reply = await redis.callBuffer("XREAD", "COUNT", count, "BLOCK", blockMs, "STREAMS", ...which);
  return ((reply ?? []) as [Buffer, Entry[]][]).flatMap(([key, entries]) => {
    const stream = streams.find((one) => one.key === String(key))!;
    at.set(stream, String(entries.at(-1)![0]));
    return recordsOf(stream, entries);
  });
}

async function* pagesOf(redis: Redis, key: string, last: string): AsyncGenerator<Entry[]> {
  for (let from = "-"; ;) {
    const page = (await redis.callBuffer("XRANGE", key, from, last, "COUNT", PAGE)) as Entry[];
    yield page;
    if (page.length < PAGE) return;
    from = `(${String(page.at(-1)?.[0])}`;
  }
}

async function* lastOf(redis: Redis, key: string, last: string, count: number): AsyncGenerator<Entry[]> {
  if (count > 0) yield ((await redis.callBuffer("XREVRANGE", key, last, "-", "COUNT", count)) as Entry[]).toReversed();
}

function recordsOf(stream: Stream, entries: Entry[]): StoredRecord[] {
  return entries.map(([id, fields]) => toRecord(stream, String(id), fields ?? []));
}
