/**
 * Consumes topics of a stream. The shards are shared by the members of a group by leases, for each topic anew, so that a group can add
 * topics; a lane is a topic's part of a shard. A shard that was made from others is read when they are finished.
 */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { createTurn } from "../../consume/in-turn.ts";
import { createOutage } from "../../consume/outage.ts";
import { createProgress } from "../../consume/progress.ts";
import type { Delivery, Sink, SubscribeOptions, Subscription } from "../../port/subscriber.ts";
import { clientConfig } from "../aws/client.ts";
import type { Stream } from "./client.ts";
import { ensureTable, leasesInDynamoDb } from "./dynamodb-leases.ts";
import { joinLanes, type Lane } from "./join.ts";
import { type LeaseTable, leasesInMemory } from "./leases.ts";
import { toStored } from "./read.ts";
import type { KinesisOptions } from "./settings.ts";
import { readShard, type ShardReader } from "./shard.ts";

/** After every record that a shard may have: it is finished. */
const END = 1n << 256n;
/** Between two looks at the end of a shard, milliseconds: all who read it together, groups and topics, may ask five times a second. */
const IDLE_MS = 1_000;

/** Subscribes. Rejects while Kinesis or DynamoDB cannot be had. */
export async function subscribeKinesis(
  stream: Stream,
  options: KinesisOptions,
  wanted: SubscribeOptions,
  sink: Sink,
): Promise<Subscription> {
  const { group, batchSize, blockMs } = wanted;
  const { checkpointTable, checkpointEndpoint: endpoint, leaseSeconds } = options;
  const dynamo = group === undefined ? undefined : new DynamoDBClient(clientConfig({ ...options, endpoint }, 4));
  if (dynamo) await ensureTable(dynamo, checkpointTable);
  const tableOf = (topic: string): LeaseTable =>
    dynamo === undefined ? leasesInMemory() : leasesInDynamoDb(dynamo, checkpointTable, `${stream.StreamName}/${group}/${topic}`);
  const outage = createOutage(sink);
  const inTurn = createTurn();
  const stop = new AbortController();
  const lanes = new Map<string, Lane>();
  const reading = new Map<string, Promise<void>>();
  let handedAt = Date.now();

  const progress = createProgress({
    commitEvery: wanted.commitEvery,
    intervalMs: wanted.commitIntervalMs,
    onError: outage.began,
    async commit(positions) {
      for (const [name, position] of positions) {
        await lanes.get(name)?.commit(position === END ? "end" : { after: String(position) });
        if (position === END) lanes.delete(name);
      }
    },
  });
  const hand = async (deliveries: Delivery[], lane: Lane): Promise<void> => {
    for (let at = 0; at < deliveries.length && !lane.signal.aborted; at += batchSize) {
      await inTurn(() => sink.take(deliveries.slice(at, at + batchSize)));
      handedAt = Date.now();
    }
  };
  /** Reads and hands over a page; true at the end of the shard. */
  const readPage = async (lane: Lane, reader: ShardReader): Promise<boolean> => {
    const { name, topic, shard, signal } = lane;
    const { records, tip, end } = await reader.next(signal);
    const deliveries = records.flatMap((record): Delivery[] => {
      const position = BigInt(record.SequenceNumber ?? 0);
      const found = toStored(record, shard, stream);
      if (found?.topic === topic) return [{ record: found, lane: name, attempt: 1, ack: progress.handOut(name, position) }];
      progress.pass(name, position);
      return [];
    });
    await hand(deliveries, lane);
    if (end) progress.pass(name, END);
    else if (tip && records.length === 0) await sleep(IDLE_MS, undefined, { signal });
    return end;
  };
  /** Reads a lane until it is at its end or somebody else's. */
  const read = async (lane: Lane): Promise<void> => {
    const { signal } = lane;
    const reader = readShard(stream, lane.shard, lane.start);
    while (!signal.aborted) {
      try {
        if (await readPage(lane, reader)) return;
        outage.ended();
      } catch (error) {
        if (signal.aborted) return;
        outage.began(error as Error);
        await sleep(IDLE_MS, undefined, { signal }).catch(() => {});
      }
    }
  };
  const join = joinLanes({
    stream,
    tableOf,
    topics: wanted.topics,
    from: wanted.from,
    member: `${wanted.consumer} ${randomUUID()}`,
    leaseMs: leaseSeconds * 1_000,
    outage,
    gained(lane) {
      lanes.set(lane.name, lane);
      reading.set(lane.name, read(lane));
    },
    async leaving(names) {
      for (const name of names) lanes.get(name)?.stop();
      await sink.drain(names);
      await Promise.all(names.map((name) => reading.get(name)));
      await progress.flush();
      forget(names);
    },
    async lost(names) {
      for (const name of names) lanes.get(name)?.stop();
      forget(names);
      await sink.drain(names);
    },
  });
  function forget(names: string[]): void {
    progress.drop(names);
    for (const name of names) lanes.delete(name);
  }
  const idling = (async () => {
    while (!stop.signal.aborted) {
      await sleep(blockMs, undefined, { signal: stop.signal }).catch(() => {});
      if (Date.now() - handedAt < blockMs || stop.signal.aborted) continue;
      handedAt = Date.now();
      await inTurn(() => sink.take([]));
    }
  })();

  await join.beat();
  const joining = join.run(stop.signal);
  return {
    lanes: () => [...lanes.keys()],
    lag: async () => undefined,
    async close() {
      stop.abort();
      await joining;
      await join.leave();
      await idling;
      progress.close();
      dynamo?.destroy();
    },
  };
}
