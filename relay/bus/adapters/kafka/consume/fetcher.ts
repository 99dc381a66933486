/**
 * Fetches what lanes lack, from whoever leads them: a request at a time to each broker. A partition that moves, or a broker that dies,
 * is looked for again until it is found.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Broker } from "@platformatic/kafka";
import { decodeBatches } from "../wire/decode.ts";
import type { Fetched } from "../wire/fetch-request.ts";
import { errorName } from "../wire/errors.ts";
import type { Wire } from "../wire/wire.ts";
import { findLayout, type TopicLayout } from "./layout.ts";
import type { Lane } from "./lane.ts";
import { listOffsets } from "./offsets.ts";

interface FetcherParts {
  /** For fetches alone: a broker responds to one request of a connection after the other. */
  wire: Wire;
  /** The lanes there are now. */
  lanes(): Lane[];
  /** Records of a lane, beyond which it is fetched no further. */
  ahead: number;
  /** How long a broker may wait for records, milliseconds. */
  blockMs: number;
  /** Where a lane goes on whose offset is gone. */
  from: "earliest" | "latest";
  /** Something was fetched. */
  onRecords(): void;
  /** What is at fault with a part; undefined when it is over. */
  onFault(part: string, error: Error | undefined): void;
}

/** Fetches until it is closed. */
export interface Fetcher {
  /** There is room, or a lane that was not there. */
  wake(): void;
  /** What is known of the topics. */
  layout(topic: string): TopicLayout | undefined;
  /** Looks again where the partitions of the topics are. Rejects where the brokers cannot be had. */
  look(topics: string[]): Promise<void>;
  close(): void;
}

/** Bytes of a response, and of one partition in it. */
const MOST_BYTES = 8 << 20;
const PARTITION_BYTES = 1 << 20;
/** What all lanes may hold, beyond which only those are fetched that hold nothing: of large records a few would be too much. */
const AHEAD_BYTES = 2 * MOST_BYTES;
const READ_COMMITTED = 1;
/** How long a broker waits where another of its lanes has no room now, milliseconds. */
const BRIEFLY_MS = 10;
const PAUSE_MS = 200;

/** Makes it. */
export function createFetcher({ wire, lanes, ahead, blockMs, from, onRecords, onFault }: FetcherParts): Fetcher {
  const layouts = new Map<string, TopicLayout>();
  const busy = new Set<string>();
  let looking: Promise<void> | undefined;
  let isClosed = false;

  const look = async (topics: string[]): Promise<void> => {
    const found = await findLayout(wire, topics);
    for (const topic of topics) {
      const layout = found.get(topic);
      if (layout === undefined) layouts.delete(topic);
      else layouts.set(topic, layout);
    }
  };
  /** Leaders have moved, or are not known: they are looked up once for all that lack them. */
  const lookAgain = (): void => {
    looking ??= lookAside().finally(() => void (looking = undefined));
  };
  const lookAside = async (): Promise<void> => {
    try {
      await sleep(PAUSE_MS);
      await look([...new Set(lanes().map(({ topic }) => topic))]);
      onFault("layout", undefined);
    } catch (error) {
      if (!isClosed) onFault("layout", error as Error);
    }
    setImmediate(wake);
  };
  const reset = async (broker: Broker, lane: Lane): Promise<void> => {
    const found = await listOffsets(wire, broker, [lane], from);
    lane.position = found.get(lane.name) ?? lane.position;
  };
  const take = async (broker: Broker, asked: readonly Lane[], { errorCode, partitions }: Fetched): Promise<void> => {
    if (errorCode !== 0) throw new Error(`a fetch failed: ${errorName(errorCode)}`);
    const faults: string[] = [];
    for (const { topic, partition, errorCode: code, aborted, records } of partitions) {
      const lane = asked.find((one) => one.partition === partition && one.topic === topic);
      if (!lane?.isOwn || lane.position === undefined) continue;
      if (code === 0) {
        lane.put(decodeBatches(records, { topic, partition, offset: lane.position }, aborted));
      } else if (errorName(code) === "OFFSET_OUT_OF_RANGE") await reset(broker, lane);
      else faults.push(`${topic}/${partition}: ${errorName(code)}`);
    }
    onRecords();
    if (faults.length > 0) throw new Error(faults.join(", "));
  };
  const fetch = async (broker: Broker, own: Lane[], waitMs: number): Promise<void> => {
    const topics = [...Map.groupBy(own, ({ topic }) => topic)].map(([topicId, some]) => ({
      topicId,
      partitions: some.map(({ partition, position }) => ({
        partition,
        currentLeaderEpoch: -1,
        fetchOffset: position!,
        lastFetchedEpoch: -1,
        partitionMaxBytes: PARTITION_BYTES,
      })),
    }));
    for (const lane of own) lane.isBeingFetched = true;
    try {
      await take(broker, own, await wire.ask("fetch", broker, waitMs, 1, MOST_BYTES, READ_COMMITTED, 0, -1, topics, [], ""));
    } finally {
      for (const lane of own) lane.isBeingFetched = false;
    }
  };
  const wake = (): void => {
    if (isClosed) return;
    const ready = lanes().filter(({ position }) => position !== undefined);
    const isMuch = ready.reduce((sum, { bytes }) => sum + bytes, 0) >= AHEAD_BYTES;
    const led = Map.groupBy(ready, ({ topic, partition }) => layouts.get(topic)?.leaders[partition]);
    if (led.has(undefined)) lookAgain();
    led.delete(undefined);
    const brokers = Map.groupBy(led.keys(), (broker) => `${broker!.host}:${broker!.port}`);
    for (const [name, same] of brokers) {
      if (busy.has(name)) continue;
      const all = same.flatMap((broker) => led.get(broker)!);
      const own = all.filter((lane) => lane.buffered < (isMuch ? 1 : ahead) && !lane.isBeingFetched);
      if (own.length === 0) continue;
      busy.add(name);
      const waitMs = own.length < all.length ? Math.min(BRIEFLY_MS, blockMs) : blockMs;
      fetch(same[0]!, own, waitMs)
        .then(() => onFault(name, undefined))
        .catch((error: Error) => {
          if (isClosed) return;
          onFault(name, error);
          for (const { topic, partition } of own) delete layouts.get(topic)?.leaders[partition];
        })
        .finally(() => {
          busy.delete(name);
          wake();
        });
    }
  };
  return {
    wake,
    look,
    layout: (topic) => layouts.get(topic),
    close: () => void (isClosed = true),
  };
}
