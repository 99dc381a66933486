/** Subscribes to streams: as a member of a group, which alone has some of them, or alone to all that comes. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Redis } from "ioredis";
import type { Sink, SubscribeOptions, Subscription } from "../../port/subscriber.ts";
import { createOutage } from "../../consume/outage.ts";
import { createConnection } from "../redis/connection.ts";
import { createMembership } from "./group.ts";
import { claimPending, createGroups, lagOf, readNew, removeConsumer } from "./group-stream.ts";
import { createLanes } from "./lanes.ts";
import { AGAIN_MS, listenToStreams, pause } from "./listen.ts";
import type { RedisStreamsOptions } from "./settings.ts";
import { streamsOf } from "./stream.ts";

/** Between two signs of life, milliseconds, at most. */
const BEAT_MS = 1_000;

/** Joins, and hands over what there is until it is closed. Rejects where the server cannot be had. */
export async function subscribeStreams(
  options: RedisStreamsOptions,
  prefix: string,
  wanted: SubscribeOptions,
  sink: Sink,
): Promise<Subscription> {
  const { group } = wanted;
  return group === undefined ? listenToStreams(options, wanted, sink) : join(options, prefix, { ...wanted, group }, sink);
}

async function join(
  options: RedisStreamsOptions,
  prefix: string,
  wanted: SubscribeOptions & { group: string },
  sink: Sink,
): Promise<Subscription> {
  const { group, consumer, from, commitIntervalMs, drainMs } = wanted;
  const streams = new Map(streamsOf(wanted.topics, options.partitions).map((stream) => [stream.key, stream]));
  const keys = [...streams.keys()];
  const { leaseMs } = options;
  const membership = createMembership({ prefix, group, member: `${consumer} ${crypto.randomUUID()}`, streams: keys, leaseMs });
  const commands = createConnection({ ...options, name: consumer });
  // A blocking read holds up whatever comes behind it on its connection.
  const reading = createConnection({ ...options, name: consumer, commandTimeoutMs: wanted.pollTimeoutMs });
  const ending = new AbortController();
  const { signal } = ending;
  const outage = createOutage(sink);
  const lanes = createLanes({ group, commitEvery: wanted.commitEvery, onDue: () => void commit() });
  let heldUntil = 0;
  let reader: { redis: Redis; id: number } | undefined;
  let block: Promise<unknown> | undefined;

  const commit = async (): Promise<void> => {
    await outage.trying(async () => lanes.commit(await commands.get()));
  };
  /** Ends a read that waits, so that what it may bring of a stream is known. */
  const unblock = async (): Promise<void> => {
    if (block === undefined || reader === undefined) return;
    const redis = await commands.get();
    await redis.client("UNBLOCK", reader.id).catch(() => {});
    await block?.catch(() => {});
  };
  const giveUp = async (names: string[]): Promise<void> => {
    if (names.length === 0) return;
    lanes.leave(names);
    await unblock();
    await Promise.race([sink.drain(names), sleep(drainMs, undefined, { ref: false })]);
    const redis = await commands.get();
    await lanes.commit(redis);
    lanes.drop(names);
    await membership.release(redis, names);
  };
  const beat = async (): Promise<void> => {
    const before = Date.now();
    const { own, excess } = await membership.beat(await commands.get());
    heldUntil = before + leaseMs;
    const lost = lanes.names().filter((name) => !own.includes(name));
    lanes.drop(lost);
    if (lost.length > 0) await sink.drain(lost);
    for (const name of own) lanes.add(streams.get(name)!);
    await giveUp(lanes.names().slice(own.length - excess));
  };
  const beating = async (): Promise<void> => {
    while (!signal.aborted) {
      if (!(await outage.trying(beat)) && Date.now() > heldUntil) {
        const lost = lanes.names();
        lanes.drop(lost);
        await sink.drain(lost);
      }
      await pause(Math.min(BEAT_MS, leaseMs / 3), signal);
    }
  };
  const fetch = async (): Promise<void> => {
    const redis = await reading.get();
    const left = lanes.unrecovered();
    if (left !== undefined) {
      const { next, handed } = await claimPending(redis, { group, consumer }, left.name, left.cursor, wanted.batchSize);
      lanes.recoveredTo(left.name, next);
      const deliveries = lanes.handOut(left.name, handed);
      if (deliveries.length > 0) await sink.take(deliveries);
      return;
    }
    const names = lanes.names();
    if (names.length === 0) return pause(Math.min(BEAT_MS, leaseMs / 3), signal);
    if (reader?.redis !== redis) reader = { redis, id: await redis.client("ID") };
    const reply = readNew(redis, { group, consumer }, names, wanted);
    block = reply;
    const found = await reply.finally(() => (block = undefined));
    const deliveries = found.flatMap(([name, entries]) => lanes.handOut(name, entries));
    // Of several streams together there may be more than one batch.
    for (let i = 0; i === 0 || i < deliveries.length; i += wanted.batchSize)
      await sink.take(deliveries.slice(i, i + wanted.batchSize));
  };
  const fetching = async (): Promise<void> => {
    while (!signal.aborted) {
      if (await outage.trying(fetch)) continue;
      reading.drop();
      lanes.recover();
      await pause(AGAIN_MS, signal);
      // Whoever deleted a stream has deleted its groups: what comes then is all new.
      await outage.trying(async () => createGroups(await commands.get(), keys, group, "earliest"));
    }
  };

  try {
    await createGroups(await commands.get(), keys, group, from);
    await beat();
  } catch (error) {
    commands.drop();
    throw error;
  }
  const [beats, fetches] = [beating(), fetching()];
  const timer = setInterval(() => void commit(), commitIntervalMs);

  return {
    lanes: lanes.names,
    async lag() {
      const redis = await commands.get();
      const found = await Promise.all(lanes.names().map(async (name) => [name, await lagOf(redis, name, group)] as const));
      return new Map(found.flatMap(([name, lag]) => (lag === undefined ? [] : [[name, lag] as const])));
    },
    async close() {
      ending.abort();
      clearInterval(timer);
      await beats;
      // A sink that has no room resolves what it was handed once that is drained.
      await outage.trying(() => giveUp(lanes.names()));
      await fetches;
      await outage.trying(async () => {
        const redis = await commands.get();
        await removeConsumer(redis, { group, consumer }, keys);
        await membership.leave(redis);
      });
      reading.drop();
      commands.drop();
    },
  };
}
