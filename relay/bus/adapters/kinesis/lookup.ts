/** Which records of a batch a stream lacks. */
import { createHash } from "node:crypto";
import type { BusRecord } from "../../port/bus.ts";
import type { Stream } from "./client.ts";
import { toEntry } from "./entry.ts";
import { listShards, readShard, type Shard } from "./shard.ts";

/** Shards that are read at a time. */
const AT_ONCE = 8;

/**
 * Those of `records` that are not on the stream from `since` to its present end, in order. A record is known by its key and all its bytes:
 * topic, tenant and id are among them. One that the batch holds twice is looked for twice.
 */
export async function findMissing(stream: Stream, records: BusRecord[], since: Date): Promise<BusRecord[]> {
  const missing = new Map<string, BusRecord[]>();
  for (const record of records) {
    const { Data, PartitionKey } = toEntry(record, stream.names).put;
    const name = digest(PartitionKey, Data ?? Buffer.alloc(0));
    missing.set(name, [...(missing.get(name) ?? []), record]);
  }

  const lookIn = async (shard: Shard): Promise<void> => {
    const reader = readShard(stream, shard, { at: since });
    for (let over = missing.size === 0; !over;) {
      const page = await reader.next();
      for (const { PartitionKey = "", Data = new Uint8Array() } of page.records) {
        const name = digest(PartitionKey, Data);
        const [, ...rest] = missing.get(name) ?? [];
        if (rest.length > 0) missing.set(name, rest);
        else missing.delete(name);
      }
      over = page.tip || page.end || missing.size === 0;
    }
  };

  const shards = await listShards(stream);
  for (let i = 0; i < shards.length; i += AT_ONCE) await Promise.all(shards.slice(i, i + AT_ONCE).map(lookIn));
  const left = new Set([...missing.values()].flat());
  return records.filter((record) => left.has(record));
}

function digest(key: string, data: Uint8Array): string {
  return createHash("sha256").update(`${key.length}:${key}`).update(data).digest("base64");
}
