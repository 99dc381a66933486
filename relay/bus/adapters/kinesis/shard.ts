/** The shards of a stream, and reading one of them page by page. */
import { setTimeout as sleep } from "node:timers/promises";
import {
  type _Record as KinesisRecord,
  ExpiredIteratorException,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type GetShardIteratorCommandInput,
  ListShardsCommand,
} from "@aws-sdk/client-kinesis";
import type { Stream } from "./client.ts";

/** Records in a page, at most. */
const PAGE = 2_000;
/** Milliseconds between two pages of a shard: all its readers together may ask five times a second. */
const PACE_MS = 210;

/** A shard as the stream lists it. */
export interface Shard {
  id: string;
  /** Shards that it was made from; what they hold is older. */
  parents: string[];
  /** It takes no more records. Whoever reads it may be told so later: an emulator's iterators never end. */
  closed: boolean;
}

/** Where reading a shard begins. */
export type Start = "beginning" | { after: string } | { at: Date };

/** A part of a shard's records. */
export interface Page {
  records: KinesisRecord[];
  /** There is nothing after it now. */
  tip: boolean;
  /** There will never be anything after it. */
  end: boolean;
}

/** Reads a shard. */
export interface ShardReader {
  readonly shard: Shard;
  /** The next page, perhaps an empty one. */
  next(signal?: AbortSignal): Promise<Page>;
}

/** Every shard that still holds records, and every open one; parents first. */
export async function listShards({ client, StreamName }: Stream): Promise<Shard[]> {
  const shards: Shard[] = [];
  let NextToken: string | undefined;
  do {
    // A token stands for the stream, and AWS refuses both together.
    const page = await client.send(new ListShardsCommand(NextToken === undefined ? { StreamName } : { NextToken }));
    for (const { ShardId: id = "", ParentShardId, AdjacentParentShardId, SequenceNumberRange } of page.Shards ?? []) {
      const parents = [ParentShardId, AdjacentParentShardId].filter((parent) => parent !== undefined);
      shards.push({ id, parents, closed: SequenceNumberRange?.EndingSequenceNumber !== undefined });
    }
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return shards.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

/** A reader of a shard; nothing is asked before its first page. */
export function readShard({ client, StreamName }: Stream, shard: Shard, from: Start): ShardReader {
  let start = from;
  let iterator: string | undefined;
  let notBefore = 0;

  const fetchPage = async (abortSignal: AbortSignal | undefined): Promise<Page> => {
    const how = abortSignal ? { abortSignal } : {};
    iterator ??= (await client.send(new GetShardIteratorCommand({ StreamName, ShardId: shard.id, ...typeOf(start) }), how))
      .ShardIterator;
    if (iterator === undefined) return { records: [], tip: true, end: true };
    await sleep(Math.max(0, notBefore - Date.now()), undefined, abortSignal ? { signal: abortSignal } : {});
    notBefore = Date.now() + PACE_MS;
    const command = new GetRecordsCommand({ ShardIterator: iterator, Limit: PAGE });
    const { Records: records = [], NextShardIterator, MillisBehindLatest } = await client.send(command, how);
    iterator = NextShardIterator;
    const last = records.at(-1)?.SequenceNumber;
    if (last !== undefined) start = { after: last };
    const tip = iterator === undefined || (MillisBehindLatest === 0 && records.length < PAGE);
    return { records, tip, end: iterator === undefined || (tip && shard.closed) };
  };

  return {
    shard,
    async next(signal) {
      try {
        return await fetchPage(signal);
      } catch (error) {
        // Iterators live for five minutes; whoever reads may take longer over a page.
        if (!(error instanceof ExpiredIteratorException)) throw error;
        iterator = undefined;
        return fetchPage(signal);
      }
    },
  };
}

function typeOf(start: Start): Pick<
  GetShardIteratorCommandInput,
  "ShardIteratorType" | "StartingSequenceNumber" | "Timestamp"
> & {
  ShardIteratorType: "TRIM_HORIZON" | "AFTER_SEQUENCE_NUMBER" | "AT_TIMESTAMP";
} {
  if (start === "beginning") return { ShardIteratorType: "TRIM_HORIZON" };
  if ("after" in start) return { ShardIteratorType: "AFTER_SEQUENCE_NUMBER", StartingSequenceNumber: start.after };
  return { ShardIteratorType: "AT_TIMESTAMP", Timestamp: start.at };
}
