/** An idempotent producer without transactions: it fences nobody, and any number of them publish side by side. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Broker } from "@platformatic/kafka";
import type { BusRecord } from "../../../port/bus.ts";
import type { KafkaConnection } from "../wire/connection.ts";
import { KafkaFault } from "../wire/faults.ts";
import { createMetadata } from "../wire/metadata.ts";
import { partitionOf } from "../wire/partition.ts";
import { type Compression, encodeRecordBatch } from "../wire/record-batch.ts";
import { brokerErrors, throwFault } from "../wire/errors.ts";
import { createWire, REQUEST_MS } from "../wire/wire.ts";
import { ALREADY_THERE, DENIED, REFUSED } from "./errors.ts";
import { createFate, type Fate } from "./fate.ts";
import { type Batch, createLane, type Identity, type Lane, type SendError } from "./lane.ts";

/** How it publishes. */
export interface IdempotentOptions {
  compression: Compression;
  batchBytes: number;
  lingerMs: number;
  /** How long a record is tried, milliseconds. @default 30,000 */
  giveUpMs?: number;
}

/** Publishes records; those of a partition in the order in which they were given. */
export interface IdempotentProducer {
  /** Resolves when every record is with all replicas that are in sync. Rejects with a PublishError. */
  publish(records: readonly BusRecord[]): Promise<void>;
  /** Resolves when a broker responds; rejects with a KafkaFault. */
  connect(): Promise<void>;
  /** Waits for what is under way. */
  close(): Promise<void>;
}

const GIVE_UP_MS = 30_000;
/** How long a topic that no broker knows may still be on its way, milliseconds. */
const ON_ITS_WAY_MS = 3_000;
const PAUSE_MS = 100;
const OUT_OF_ORDER = "OUT_OF_ORDER_SEQUENCE_NUMBER";
const UNKNOWN_TOPIC = "UNKNOWN_TOPIC_OR_PARTITION";

/** Makes it; it connects when it is used. */
export function createIdempotentProducer(connection: KafkaConnection, options: IdempotentOptions): IdempotentProducer {
  const { compression, batchBytes: bytes, lingerMs, giveUpMs = GIVE_UP_MS } = options;
  const wire = createWire(connection);
  const metadata = createMetadata(wire);
  const lanes = new Map<string, Lane>();
  /** By topic: the records before are in their lanes. */
  const entering = new Map<string, Promise<void>>();
  const underWay = new Set<Promise<void>>();
  let identity: { of: Promise<Identity>; known?: Identity } | undefined;

  const identify = async (lost: Identity | undefined): Promise<Identity> => {
    if (identity === undefined || (lost !== undefined && identity.known === lost)) {
      const fresh: typeof identity = {
        of: tryFor(giveUpMs, () => wire.ask("initProducerId", undefined, null, REQUEST_MS, undefined, undefined)),
      };
      identity = fresh;
      fresh.of.then(
        (known) => (fresh.known = known),
        () => identity === fresh && (identity = undefined),
      );
    }
    return identity.of;
  };
  const send = async (
    topic: string,
    partition: number,
    leader: Promise<Broker>,
    { units, identity: by, sequence }: Batch,
  ): Promise<SendError | undefined> => {
    try {
      const records = units.map(({ record }) => record);
      const { producerId, producerEpoch } = by;
      const how = { producerId, producerEpoch, sequence, compression, transactional: false, timestamp: Date.now() };
      const batch = encodeRecordBatch(records, how);
      const topics = [{ topic, partitions: [{ partition, batch }] }];
      await wire.ask("produce", await leader, null, REQUEST_MS, topics).catch(throwFault);
      return undefined;
    } catch (cause) {
      const code = codeOf(cause);
      if (code === ALREADY_THERE) return undefined;
      if (!isRefused(code) && code !== OUT_OF_ORDER) metadata.forget(topic);
      return { code, cause: cause as Error };
    }
  };
  const laneOf = (topic: string, partition: number): Lane => {
    const name = `${topic}:${partition}`;
    const known = lanes.get(name);
    if (known !== undefined) return known;
    // One after the other, so that requests go out in the order of their batches.
    let turn: Promise<unknown> = Promise.resolve();
    const next = (batch: Batch) => {
      const leader = turn.then(() => metadata.leader(topic, partition));
      turn = leader.catch(() => {});
      return send(topic, partition, leader, batch);
    };
    const lane = createLane({ identify, bytes, lingerMs, giveUpMs, send: next });
    lanes.set(name, lane);
    return lane;
  };
  const countPartitions = (topic: string): Promise<number> =>
    tryFor(
      giveUpMs,
      () => metadata.partitions(topic),
      (error, elapsedMs) => (codeOf(error) === UNKNOWN_TOPIC ? elapsedMs < ON_ITS_WAY_MS : !isFinal(codeOf(error))),
    );
  const enter = async (
    topic: string,
    records: readonly BusRecord[],
    fate: Fate,
    before: Promise<void> | undefined,
  ): Promise<void> => {
    await before;
    try {
      const partitions = await countPartitions(topic);
      for (const record of records) laneOf(topic, partitionOf(record, partitions)).add({ record, fate });
    } catch (error) {
      const cause = error as Error;
      const code = codeOf(error);
      const isOut = code === UNKNOWN_TOPIC || isRefused(code);
      const refusal = { code: "topic_unavailable" as const, message: cause.message };
      for (const record of records)
        fate.fail(record, isOut ? { outcome: "refused", refusal, cause } : { outcome: "absent", cause });
    }
  };

  return {
    async publish(records) {
      const fate = createFate(records);
      for (const [topic, own] of Map.groupBy(records, ({ topic: name }) => name)) {
        entering.set(topic, enter(topic, own, fate, entering.get(topic)));
      }
      underWay.add(fate.ended);
      try {
        await fate.ended;
      } finally {
        underWay.delete(fate.ended);
      }
    },
    async connect() {
      await wire.ask("metadata", undefined, [], false).catch(throwFault);
    },
    async close() {
      await Promise.all(entering.values());
      for (const lane of lanes.values()) lane.flush();
      await Promise.allSettled(underWay);
      await wire.close();
    },
  };
}

/** To ask again at once is of no use. */
function isFinal(code: string | undefined): boolean {
  return isRefused(code) || (code !== undefined && DENIED.has(code));
}

function isRefused(code: string | undefined): boolean {
  return code !== undefined && code in REFUSED;
}

/** What a broker said, by the protocol's name. */
function codeOf(error: unknown): string | undefined {
  if (error instanceof KafkaFault && error.topics[0] !== undefined) return error.topics[0].code;
  const said = brokerErrors(error instanceof KafkaFault ? error.cause : error);
  return said[0]?.code;
}

/** Tries until it succeeds, for so long, and while `goesOn` says so. */
async function tryFor<T>(
  ms: number,
  work: () => Promise<T>,
  goesOn: (error: unknown, elapsedMs: number) => boolean = () => true,
): Promise<T> {
  const from = performance.now();
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const elapsedMs = performance.now() - from;
      if (elapsedMs > ms || !goesOn(error, elapsedMs)) throw error;
      await sleep(PAUSE_MS);
    }
  }
}
