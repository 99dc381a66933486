/** Subscribes to topics of Kafka: as a member of a group, or alone. */
import { setTimeout as sleep } from "node:timers/promises";
import { createProgress } from "../../../consume/progress.ts";
import { type Delivery, MOST_PLAN_BYTES, type Sink, type SubscribeOptions, type Subscription } from "../../../port/subscriber.ts";
import type { KafkaConnection } from "../wire/connection.ts";
import { brokerErrors, throwFault } from "../wire/errors.ts";
import { createWire, type Wire } from "../wire/wire.ts";
import { createAlone } from "./alone.ts";
import { createClassicProtocol } from "./classic-protocol.ts";
import { createConsumerProtocol } from "./consumer-protocol.ts";
import { createFaults } from "./faults.ts";
import { createFetcher, type Fetcher } from "./fetcher.ts";
import { createLane, type Lane } from "./lane.ts";
import type { Membership, Owner } from "./membership.ts";
import { byLeader } from "./layout.ts";
import { type Committed, committedOffsets, laneName, listOffsets, type Place } from "./offsets.ts";
import { untilLed } from "./until-led.ts";

/** How a group is joined. */
export interface GroupSettings {
  /** `auto`: by the consumer protocol where the brokers have it. */
  protocol: "auto" | "consumer" | "classic";
  sessionTimeoutMs: number;
  heartbeatIntervalMs: number;
}

/** A fetch waits for records no longer than this, milliseconds: a partition that comes is fetched after it. */
const MOST_WAIT_MS = 500;
/** A member has so much longer to give up its partitions than its handlers have, milliseconds. */
const REBALANCE_MARGIN_MS = 15_000;

/** Joins, as the port says. */
export async function subscribeKafka(
  connection: KafkaConnection,
  settings: GroupSettings,
  options: SubscribeOptions,
  sink: Sink,
): Promise<Subscription> {
  const { topics, group, batchSize, blockMs, commitEvery, commitIntervalMs, drainMs } = options;
  // Of a connection a broker responds to one request after the other: fetches would hold heartbeats up.
  const [fetching, coordinating] = [createWire(connection, options.pollTimeoutMs), createWire(connection)];
  const from = group === undefined ? "latest" : options.from;
  const lanes = new Map<string, Lane>();
  const faults = createFaults(sink);
  const closing = new AbortController();
  /** How often all lanes were lost: what was to come before is not to come any more. */
  let losses = 0;
  let signal = Promise.withResolvers<void>();

  const own = (): Lane[] => [...lanes.values()].filter(({ isOwn }) => isOwn);
  const fetcher: Fetcher = createFetcher({
    wire: fetching,
    lanes: own,
    ahead: batchSize,
    blockMs: Math.min(blockMs, MOST_WAIT_MS),
    from,
    onRecords: () => signal.resolve(),
    onFault: faults.tell,
  });
  const progress = createProgress({
    commitEvery,
    intervalMs: commitIntervalMs,
    commit: async (positions) => {
      if (group === undefined) return;
      const committed = [...positions].map(([lane, position]) => {
        return [lane, { offset: position + 1n, metadata: lanes.get(lane)?.plan ?? "" }] as const;
      });
      await membership.commit(new Map(committed));
      faults.tell("commit", undefined);
    },
    onError: (error) => error.name === "FencedError" || faults.tell("commit", error),
  });
  const giveUp = async (going: Lane[]): Promise<void> => {
    for (const lane of going) lane.isOwn = false;
    const names = going.map(({ name }) => name);
    const waiting = new AbortController();
    await Promise.race([sink.drain(names), sleep(drainMs, undefined, { signal: waiting.signal }).catch(() => {})]);
    waiting.abort();
  };
  const forget = (gone: Lane[]): void => {
    progress.drop(gone.map(({ name }) => name));
    for (const { name } of gone) lanes.delete(name);
  };
  const owner: Owner = {
    async assign(places, start: SubscribeOptions["from"] = from) {
      const before = losses;
      const coming = places.map((place) => createLane(place, laneName(place)));
      const starts = await untilLed.execute(async () => {
        await fetcher.look(topics);
        return startOf(coordinating, fetcher, group, start, places);
      });
      if (losses !== before) return;
      for (const lane of coming) {
        const { offset, metadata } = starts.get(lane.name)!;
        lane.position = offset;
        lane.plan = metadata;
        lanes.set(lane.name, lane);
        progress.begin(lane.name, offset - 1n);
        const { origin } = fetcher.layout(lane.topic)!;
        if (group !== undefined) sink.begin?.(lane.name, metadata === "" ? undefined : metadata, origin);
      }
      fetcher.wake();
    },
    async revoke(places) {
      const going = places.flatMap((place) => lanes.get(laneName(place)) ?? []);
      await giveUp(going);
      await progress.flush().catch((error: Error) => error.name === "FencedError" || faults.tell("commit", error));
      forget(going);
    },
    async lose() {
      losses++;
      const gone = own();
      // Void first: what ends while it is drained is not to be committed.
      progress.drop(gone.map(({ name }) => name));
      await giveUp(gone);
      forget(gone);
    },
    fault: (error) => faults.tell("group", error),
  };
  let membership: Membership;

  /** A member, or what is to be one. */
  function memberBy(isNew: boolean): Membership {
    if (group === undefined) return createAlone({ topics, fetcher, owner });
    const { sessionTimeoutMs, heartbeatIntervalMs } = settings;
    const rebalanceTimeoutMs = drainMs + REBALANCE_MARGIN_MS;
    const how = { group, consumer: options.consumer, topics, owner, sessionTimeoutMs, heartbeatIntervalMs, rebalanceTimeoutMs };
    if (!isNew) return createClassicProtocol({ ...how, wire: coordinating, connection });
    const topicOf = async (id: string): Promise<string> => {
      const find = () => topics.find((topic) => fetcher.layout(topic)?.id === id);
      if (find() === undefined) await fetcher.look(topics);
      const found = find();
      if (found === undefined) throw new Error(`the brokers do not know the topic ${id} of the group ${group} yet`);
      return found;
    };
    return createConsumerProtocol({ ...how, wire: coordinating, topicOf });
  }

  /** The next deliveries, of each lane in turn. */
  const gather = (): Delivery[] => {
    const deliveries: Delivery[] = [];
    const turns = own();
    for (let lane = turns.shift(); lane !== undefined && deliveries.length < batchSize; lane = turns.shift()) {
      const share = Math.ceil((batchSize - deliveries.length) / (turns.length + 1));
      for (let taken = 0; taken < share;) {
        const step = lane.take();
        if (step === undefined) break;
        if ("passed" in step) progress.pass(lane.name, step.passed);
        else {
          deliveries.push(deliveryOf(lane, step.record));
          taken++;
        }
      }
    }
    return deliveries;
  };
  const deliveryOf = (lane: Lane, record: Delivery["record"]): Delivery => {
    const done = progress.handOut(lane.name, record.offset);
    let isOpen = true;
    lane.unfinished++;
    return {
      record,
      lane: lane.name,
      attempt: 1,
      ack() {
        if (isOpen) lane.unfinished--;
        isOpen = false;
        done();
      },
    };
  };
  const handOver = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      const deliveries = gather();
      fetcher.wake();
      if (deliveries.length > 0) await sink.take(deliveries);
      else if (!(await wait())) await sink.take([]);
    }
  };
  /** False where nothing came in time. */
  const wait = async (): Promise<boolean> => {
    const waiting = new AbortController();
    const came = await Promise.race([
      signal.promise.then(() => true),
      sleep(blockMs, false, { signal: waiting.signal }).catch(() => true),
    ]);
    waiting.abort();
    signal = Promise.withResolvers();
    return came;
  };
  const end = (): void => {
    progress.close();
    fetcher.close();
    fetching.destroy();
    coordinating.destroy();
  };
  const join = async (): Promise<void> => {
    const { protocol } = settings;
    const isNew = protocol === "consumer" || (protocol === "auto" && (await coordinating.has("consumerHeartbeat")));
    membership = memberBy(isNew);
    try {
      await membership.join();
    } catch (error) {
      // Brokers may know of the protocol, and be told not to speak it.
      if (!isNew || protocol !== "auto" || !brokerErrors(error).some(({ code }) => code === "UNSUPPORTED_VERSION")) throw error;
      membership = memberBy(false);
      await membership.join();
    }
  };
  try {
    await fetcher.look(topics).then(join).catch(throwFault);
  } catch (error) {
    end();
    throw error;
  }
  const handing = handOver().catch((error: Error) => faults.tell("sink", error));

  return {
    lanes: () => own().map(({ name }) => name),
    lag: () => {
      let isStale = false;
      return untilLed.execute(async () => {
        if (isStale) await fetcher.look(topics);
        isStale = true;
        return lagOf(coordinating, fetcher, own());
      });
    },
    async plan(name, plan) {
      const bytes = Buffer.byteLength(plan);
      if (bytes > MOST_PLAN_BYTES) throw new Error(`expected a plan of at most ${MOST_PLAN_BYTES} bytes, got ${bytes}`);
      const lane = lanes.get(name);
      if (!lane?.isOwn) throw new Error(`${name} is not this member's`);
      lane.plan = plan;
      await progress.commitLane(name);
    },
    async close() {
      closing.abort();
      signal.resolve();
      await owner.revoke(own());
      await membership.leave();
      end();
      await Promise.race([handing, sleep(0)]);
    },
  };
}

/** Where lanes begin: what the group has committed, else as `from` says. */
async function startOf(
  wire: Wire,
  fetcher: Fetcher,
  group: string | undefined,
  from: "earliest" | "latest",
  places: Place[],
): Promise<Map<string, Committed>> {
  const known = group === undefined ? new Map<string, Committed>() : await committedOffsets(wire, group, places);
  const rest = places.filter((place) => !known.has(laneName(place)));
  const found = await Promise.all(byLeader(fetcher.layout, rest).map(([broker, own]) => listOffsets(wire, broker, own, from)));
  for (const one of found) for (const [lane, offset] of one) known.set(lane, { offset, metadata: "" });
  const lacking = places.find((place) => !known.has(laneName(place)));
  if (lacking !== undefined) throw new Error(`${laneName(lacking)} has no leader that is known`);
  return known;
}

/** What was not fetched yet, what was not handed over yet, and what is in work. */
async function lagOf(wire: Wire, fetcher: Fetcher, lanes: Lane[]): Promise<Map<string, number>> {
  const ends = await Promise.all(
    byLeader(fetcher.layout, lanes).map(([broker, own]) => listOffsets(wire, broker, own, "latest")),
  );
  const all = new Map(ends.flatMap((one) => [...one]));
  return new Map(
    lanes.map(({ name, position = 0n, buffered, unfinished }) => {
      const ahead = Number((all.get(name) ?? position) - position);
      return [name, Math.max(0, ahead) + buffered + unfinished];
    }),
  );
}
