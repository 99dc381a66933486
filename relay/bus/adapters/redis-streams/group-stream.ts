/** A stream as a group reads it: Redis' own consumer groups, which know what was handed out and not acknowledged. */
import type { Redis } from "ioredis";
import type { Entry } from "./entry.ts";

/** A group and a member of it. */
export interface Consumer {
  group: string;
  consumer: string;
}

/** An entry, and which time the group gets it. */
export interface Handed {
  id: string;
  fields: Buffer[];
  attempt: number;
}

/** Makes the group of each stream, and the stream, where they are not there. */
export async function createGroups(
  redis: Redis,
  streams: readonly string[],
  group: string,
  from: "earliest" | "latest",
): Promise<void> {
  for (const stream of streams) {
    await redis.xgroup("CREATE", stream, group, from === "earliest" ? "0" : "$", "MKSTREAM").catch((error: Error) => {
      if (!error.message.startsWith("BUSYGROUP")) throw error;
    });
  }
}

/** Entries of streams that the group never got, by stream; waits for them. */
export async function readNew(
  redis: Redis,
  { group, consumer }: Consumer,
  streams: readonly string[],
  { batchSize, blockMs }: { batchSize: number; blockMs: number },
): Promise<[stream: string, entries: Handed[]][]> {
  const which = [...streams, ...streams.map(() => ">")];
  const how = ["COUNT", batchSize, "BLOCK", blockMs] as const;
  const reply = await redis.callBuffer("XREADGROUP", "GROUP", group, consumer, ...how, "STREAMS", ...which);
  return ((reply ?? []) as [Buffer, Entry[]][]).map(([stream, entries]) => [
    String(stream),
    entries.map(([id, fields]) => ({ id: String(id), fields: fields ?? [], attempt: 1 })),
  ]);
}

/** A page of what the group got of a stream and did not acknowledge, whoever had it; it is this member's from now on. */
export async function claimPending(
  redis: Redis,
  { group, consumer }: Consumer,
  stream: string,
  cursor: string,
  batchSize: number,
) {
  const reply = await redis.callBuffer("XAUTOCLAIM", stream, group, consumer, 0, cursor, "COUNT", batchSize);
  const [next, claimed] = reply as [Buffer, (Entry | null)[]];
  // What was cut off since has no fields; before Redis 7 it is not even listed.
  const entries = claimed.flatMap((entry) => (entry?.[1] ? [{ id: String(entry[0]), fields: entry[1] }] : []));
  const [first, last] = [entries[0], entries.at(-1)];
  const counts = new Map<string, number>();
  if (first !== undefined && last !== undefined) {
    const pending = await redis.xpending(stream, group, first.id, last.id, entries.length, consumer);
    for (const [id, , , count] of pending as [string, string, number, number][]) counts.set(id, Number(count));
  }
  const handed = entries.map((entry): Handed => ({ ...entry, attempt: counts.get(entry.id) ?? 1 }));
  return { next: String(next), handed };
}

/** Entries of a stream that the group has not acknowledged; undefined where Redis cannot tell. */
export async function lagOf(redis: Redis, stream: string, group: string): Promise<number | undefined> {
  for (const flat of (await redis.xinfo("GROUPS", stream)) as (string | number | null)[][]) {
    const facts = new Map(flat.flatMap((name, i) => (i % 2 === 0 ? [[String(name), flat[i + 1]] as const] : [])));
    if (facts.get("name") !== group) continue;
    const lag = facts.get("lag") ?? undefined;
    return lag === undefined ? undefined : Number(lag) + Number(facts.get("pending"));
  }
  return undefined;
}

/** Removes the member where nothing is left that only it has: with it Redis would forget what was handed to it. */
export async function removeConsumer(redis: Redis, { group, consumer }: Consumer, streams: readonly string[]): Promise<void> {
  for (const stream of streams) {
    const left = await redis.xpending(stream, group, "-", "+", 1, consumer);
    if (left.length === 0) await redis.xgroup("DELCONSUMER", stream, group, consumer);
  }
}
