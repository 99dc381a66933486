/**
 * The port of whoever consumes. The members of a group share the records of its topics; what a member acknowledges is handed to none of
 * them again. What is done with a record (retries, dead letters, order of a key, how much at a time) is not the adapter's: it hands
 * deliveries to a {@link Sink}, no faster than that takes them, and commits what is acknowledged.
 */
import type { StoredRecord } from "./record.ts";

/** A record that is handed to a member of a group. */
export interface Delivery {
  record: StoredRecord;
  /**
   * What goes from one member to another as a whole: a partition or a shard, named with its topic where it has one; a bus without
   * partitions has one lane a topic. Order is kept within it.
   */
  lane: string;
  /** Which time the group gets it, from 1, where the bus counts that; else 1. */
  attempt: number;
  /**
   * Its handling has ended, and the group is not to get it again. Deliveries of a lane may end in any order: the adapter commits what no earlier
   * one is missing of, or each on its own where the bus can. Of no effect once the lane is somebody else's.
   */
  ack(): void;
}

/** Takes what an adapter hands over. */
export interface Sink {
  /**
   * Takes deliveries, each lane's in their order. The adapter hands over no more before it has resolved; it goes on with heartbeats. An empty
   * list tells that a wait of `blockMs` brought nothing.
   */
  take(deliveries: Delivery[]): Promise<void>;
  /**
   * Lanes are about to go to somebody else: what has not begun is dropped. Resolves when what had begun has ended; the adapter then commits
   * what is acknowledged, and only then gives the lanes up. It waits for a bounded time.
   */
  drain(lanes: readonly string[]): Promise<void>;
  /**
   * A lane has come to this member, and its deliveries follow. `plan`: what was planned of it last, by whichever member; undefined where
   * nothing was. `origin`: what its places count in, 8 to 12 letters and digits; another for another bus, and for a topic that was made anew where
   * the bus can tell. Told where the bus keeps plans.
   */
  begin?(lane: string, plan: string | undefined, origin: string): void;
  /** Something is at fault that the adapter goes on trying: told once an outage, and with undefined when it is over. */
  fault(error: Error | undefined): void;
}

/** What a subscriber wants. */
export interface SubscribeOptions {
  /** Topics, with prefix. One that does not exist yet holds no records, and is read once it does. */
  topics: string[];
  /**
   * Who shares the work and what is remembered. Undefined: this subscriber alone gets every record from now on, and nothing is remembered
   * of it; where it loses the bus for a while, what was published meanwhile may be lost to it.
   */
  group: string | undefined;
  /** Name of this member within the group, for those who look; unique among them. */
  consumer: string;
  /** Where a group begins that has acknowledged nothing yet. Without a group it is always "latest". */
  from: "earliest" | "latest";
  /** Records that may be handed over at a time. */
  batchSize: number;
  /** How long to wait for records where there are none, milliseconds. */
  blockMs: number;
  /** A fetch that has not answered after so many milliseconds has failed; more than `blockMs`. */
  pollTimeoutMs: number;
  /** Commit after so many acknowledged records, or after so many milliseconds, whichever comes first. */
  commitEvery: number;
  commitIntervalMs: number;
  /** How long `close` and a lane that goes may wait for what has begun, milliseconds. */
  drainMs: number;
}

/** Bytes of a plan: what Kafka's brokers take beside an offset, as they are set up usually (offset.metadata.max.bytes), and some less. */
export const MOST_PLAN_BYTES = 4_000;

/** A running subscription. */
export interface Subscription {
  /** Lanes that this member has now. */
  lanes(): string[];
  /**
   * Records that the group has not acknowledged, by lane of this member: those that a reader can see, so markers and aborted records do not
   * count where the bus can tell. Undefined where the bus cannot tell at all.
   */
  lag(): Promise<ReadonlyMap<string, number> | undefined>;
  /**
   * Plans of a lane of this member: a text that is kept beside what the group has acknowledged of it, and stays there until the next plan. When
   * it resolves it is durable, and whoever has the lane next is told it, unless that member plans anew; what is acknowledged is not moved.
   * Rejects where the lane is somebody else's by now, or the bus cannot be had; then it may be kept or not. At most {@link MOST_PLAN_BYTES}.
   * Only where the bus keeps plans, and with a group.
   */
  plan?(lane: string, plan: string): Promise<void>;
  /** Takes no more, drains, commits what is acknowledged, and leaves the group. */
  close(): Promise<void>;
}

/** A bus that groups can consume. */
export interface Subscriber {
  /** Joins. Resolves once it is a member, which is not yet to say that it has lanes. Rejects while the bus cannot be had. */
  subscribe(options: SubscribeOptions, sink: Sink): Promise<Subscription>;
}
