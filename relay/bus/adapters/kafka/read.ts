/** Reads topics of Kafka, committed records only, to their present end or on and on. It joins no group, and leaves nothing behind. */
import { setTimeout as sleep } from "node:timers/promises";
import type { ReadOptions, StoredRecord } from "../../port/bus.ts";
import { createFaults } from "./consume/faults.ts";
import { createFetcher, type Fetcher } from "./consume/fetcher.ts";
import { createLane, type Lane } from "./consume/lane.ts";
import { byLeader } from "./consume/layout.ts";
import { laneName, listOffsets, type Place } from "./consume/offsets.ts";
import { untilLed } from "./consume/until-led.ts";
import type { KafkaConnection } from "./wire/connection.ts";
import { throwFault } from "./wire/errors.ts";
import { createWire, type Wire } from "./wire/wire.ts";

/** Records of a partition that wait for the reader before it is fetched no further. */
const AHEAD = 2_000;
/** How long a broker may wait for records, milliseconds. */
const BLOCK_MS = 500;
/** How long something may be at fault before the reader is told, milliseconds: a leader that moves is found again within it. */
const PATIENCE_MS = 15_000;
/** How often one that follows looks for topics and partitions that were not there, milliseconds. */
const LOOK_MS = 5_000;

/** A partition that is read, up to an end, the first offset that is not to be read; undefined: on and on. */
interface Reading {
  lane: Lane;
  end: bigint | undefined;
}

/** The records of `options.topics`, each partition's in their order. Rejects with a KafkaFault. */
export async function* readKafka(connection: KafkaConnection, options: ReadOptions): AsyncGenerator<StoredRecord> {
  const { topics, from = "beginning", follow = false, signal } = options;
  const wire = createWire(connection);
  const readings = new Map<string, Reading>();
  const news = createNews();
  signal?.addEventListener("abort", news.tell, { once: true });
  const fetcher = createFetcher({
    wire,
    lanes: () => [...readings.values()].map(({ lane }) => lane),
    ahead: AHEAD,
    blockMs: BLOCK_MS,
    from: "earliest",
    onRecords: news.tell,
    onFault: news.faults.tell,
  });
  const look = async (start: ReadOptions["from"]): Promise<void> => {
    const spans = await untilLed.execute(() => findSpans(wire, fetcher, topics, readings)).catch(throwFault);
    for (const { place, first, end } of spans) {
      const lane = createLane(place, laneName(place));
      const wanted = typeof start === "object" ? end - BigInt(start.last) : first;
      lane.position = wanted > first ? wanted : first;
      if (follow || lane.position < end) readings.set(lane.name, { lane, end: follow ? undefined : end });
    }
  };
  const goesOn = (): boolean => signal?.aborted !== true && (follow || readings.size > 0);
  try {
    await look(from);
    let lookedAt = performance.now();
    while (goesOn()) {
      const came = news.next();
      for (const [name, reading] of readings) {
        for (const record of fetched(reading)) {
          yield record;
          if (signal?.aborted) return;
        }
        if (isRead(reading)) readings.delete(name);
      }
      fetcher.wake();
      if (goesOn()) await (follow ? Promise.race([came, sleep(LOOK_MS)]) : came);
      if (follow && performance.now() - lookedAt >= LOOK_MS) {
        // What was not there before has nothing that was published before.
        await look("beginning");
        lookedAt = performance.now();
      }
    }
  } finally {
    signal?.removeEventListener("abort", news.tell);
    news.faults.tell("", undefined);
    fetcher.close();
    wire.destroy();
  }
}

/** Something to look at: records, an end, or a fault that has lasted. */
function createNews() {
  let news = Promise.withResolvers<void>();
  let patience: NodeJS.Timeout | undefined;
  return {
    /** Resolves with what comes from now on; rejects with a fault. */
    next(): Promise<void> {
      news = Promise.withResolvers();
      // The reader may be busy with records when it comes.
      news.promise.catch(() => {});
      return news.promise;
    },
    tell: (): void => news.resolve(),
    faults: createFaults({
      fault(error) {
        clearTimeout(patience);
        patience = error && setTimeout(() => news.reject(error), PATIENCE_MS);
      },
    }),
  };
}

/** What was fetched of a partition and is to be read. */
function* fetched({ lane, end }: Reading): Generator<StoredRecord> {
  for (let step = lane.take(); step !== undefined; step = lane.take()) {
    if ("record" in step && (end === undefined || step.record.offset < end)) yield step.record;
  }
}

/** Markers at the end are no records, and are passed none the less. */
function isRead({ lane, end }: Reading): boolean {
  return end !== undefined && lane.position !== undefined && lane.position >= end;
}

/** What there is of the partitions that are not being read yet. The end is the last stable offset: nothing beyond it is committed. */
async function findSpans(wire: Wire, fetcher: Fetcher, topics: string[], known: ReadonlyMap<string, unknown>) {
  await fetcher.look(topics);
  const places = topics.flatMap((topic): Place[] => {
    const { leaders = [] } = fetcher.layout(topic) ?? {};
    return leaders.map((_, partition) => ({ topic, partition })).filter((place) => !known.has(laneName(place)));
  });
  const found = await Promise.all(
    byLeader(fetcher.layout, places).map(async ([broker, own]) => {
      const [firsts, ends] = await Promise.all([
        listOffsets(wire, broker, own, "earliest"),
        listOffsets(wire, broker, own, "latest"),
      ]);
      return own.map((place) => ({ place, first: firsts.get(laneName(place))!, end: ends.get(laneName(place))! }));
    }),
  );
  const spans = found.flat();
  const lacking = places.find((place) => !spans.some((span) => span.place === place));
  if (lacking !== undefined) throw new Error(`${laneName(lacking)} has no leader that is known`);
  return spans;
}
