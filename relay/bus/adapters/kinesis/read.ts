/** Reads topics of a stream, shard by shard, parents before the shards that were made from them. */
import { setTimeout as sleep } from "node:timers/promises";
import type { _Record as KinesisRecord } from "@aws-sdk/client-kinesis";
import type { ReadOptions, StoredRecord } from "../../port/bus.ts";
import { isNoStream, type Stream } from "./client.ts";
import { fromEntry } from "./entry.ts";
import { listShards, type Page, readShard, type Shard, type ShardReader } from "./shard.ts";

/** Shards that are read at a time. */
const AT_ONCE = 8;
/** Milliseconds between two looks for a stream that does not exist yet. */
const POLL_MS = 500;
/** How far back to look for the last records of a shard, milliseconds; then from its beginning. */
const BACK_MS = [60_000, 600_000, 3_600_000, 86_400_000, undefined];

/** The records of `options.topics`. Others on the stream, of other writers too, are passed over. */
export async function* readKinesis(stream: Stream, options: ReadOptions): AsyncGenerator<StoredRecord> {
  try {
    yield* readShards(stream, options, (await shardsOf(stream, options)) ?? []);
  } catch (error) {
    if (!options.signal?.aborted) throw error;
  }
}

async function* readShards(
  stream: Stream,
  { topics, from = "beginning", follow = false, signal }: ReadOptions,
  shards: Shard[],
): AsyncGenerator<StoredRecord> {
  const pick = picker(topics, stream);
  const known = new Set(shards.map(({ id }) => id));
  let waiting = from === "beginning" ? shards : [];
  let active: ShardReader[] = [];
  for (const shard of from === "beginning" ? [] : shards) {
    const { last, reader, over } = await readTail(stream, shard, pick, from === "beginning" ? 0 : from.last, signal);
    yield* last;
    if (follow && !over) active.push(reader);
  }
  for (;;) {
    const unread = new Set([...waiting, ...active.map(({ shard }) => shard)].map(({ id }) => id));
    const isReady = ({ parents }: Shard): boolean => !parents.some((parent) => unread.has(parent));
    active.push(...waiting.filter(isReady).map((shard) => readShard(stream, shard, "beginning")));
    waiting = waiting.filter((shard) => !isReady(shard));
    if (active.length === 0 || signal?.aborted) return;
    const over = new Set<ShardReader>();
    for await (const { reader, page } of nextPages(active, signal)) {
      for (const record of pick(page.records, reader.shard)) {
        yield record;
        if (signal?.aborted) return;
      }
      if (page.end || (page.tip && !follow)) over.add(reader);
    }
    active = active.filter((reader) => !over.has(reader));
    if (!follow || over.size === 0) continue;
    // A shard ends when it is split or merged, and others go on in its place.
    const fresh = (await listShards(stream)).filter(({ id }) => !known.has(id));
    for (const { id } of fresh) known.add(id);
    waiting.push(...fresh);
  }
}

/** One page of each, some at a time. */
async function* nextPages(readers: ShardReader[], signal?: AbortSignal): AsyncGenerator<{ reader: ShardReader; page: Page }> {
  for (let i = 0; i < readers.length; i += AT_ONCE) {
    const some = readers.slice(i, i + AT_ONCE);
    yield* await Promise.all(some.map(async (reader) => ({ reader, page: await reader.next(signal) })));
  }
}

type Pick = (records: KinesisRecord[], shard: Shard) => StoredRecord[];

/** The last records of a shard, and a reader that goes on after them. Kinesis counts no records, so it looks back further and further. */
async function readTail(stream: Stream, shard: Shard, pick: Pick, count: number, signal: AbortSignal | undefined) {
  const now = Date.now();
  for (const back of BACK_MS) {
    const reader = readShard(stream, shard, back === undefined ? "beginning" : { at: new Date(now - back) });
    let last: StoredRecord[] = [];
    let page: Page;
    do {
      page = await reader.next(signal);
      last = [...last, ...pick(page.records, shard)];
      last = last.slice(Math.max(0, last.length - count));
    } while (!page.tip);
    if (last.length === count || back === undefined) return { last, reader, over: page.end };
  }
  throw new Error("expected the beginning to be the last place to look from");
}

/** The shards; undefined where there is no stream. A reader that follows waits for one. */
async function shardsOf(stream: Stream, { follow = false, signal }: ReadOptions): Promise<Shard[] | undefined> {
  for (;;) {
    try {
      return await listShards(stream);
    } catch (error) {
      if (!isNoStream(error)) throw error;
      if (!follow) return undefined;
      await sleep(POLL_MS, undefined, { ...(signal ? { signal } : {}), ref: false });
    }
  }
}

function picker(topics: string[], stream: Stream): Pick {
  const wanted = new Set(topics);
  return (records, shard) =>
    records.flatMap((record) => {
      const found = toStored(record, shard, stream);
      return found !== undefined && wanted.has(found.topic) ? found : [];
    });
}

/** A record of the stream; undefined where it is of somebody else. */
export function toStored(record: KinesisRecord, shard: Shard, { names }: Stream): StoredRecord | undefined {
  const { Data, PartitionKey = "", SequenceNumber = "0", ApproximateArrivalTimestamp: at = new Date() } = record;
  const value = Buffer.from(Data ?? []);
  const told = fromEntry(PartitionKey, value, names);
  if (told === undefined) return undefined;
  const place = { partition: Number(shard.id.replace(/\D/g, "")), offset: BigInt(SequenceNumber) };
  return { ...told, value, ...place, publishedAt: at.toISOString() };
}
