/** What the two protocols of groups have in common. */
import type { Committed, Place } from "./offsets.ts";

/** Who owns what a group assigns. */
export interface Owner {
  /** Partitions that are this member's from now on, which begin as the subscription says. Rejects where it cannot be told where. */
  assign(places: Place[], from?: "earliest"): Promise<void>;
  /** Partitions that are to go: drains and commits, and resolves when they may be given up. Never rejects. */
  revoke(places: Place[]): Promise<void>;
  /** All partitions are somebody else's already, and acknowledgements of them void. Never rejects. */
  lose(): Promise<void>;
  /** What is at fault; undefined when it is over. */
  fault(error: Error | undefined): void;
}

/** A member of a group. */
export interface Membership {
  /** Joins; resolves once it is a member. Rejects where it cannot be one. */
  join(): Promise<void>;
  /** Commits by lane. Rejects with a {@link FencedError} where the group has gone on without it. */
  commit(offsets: ReadonlyMap<string, Committed>): Promise<void>;
  /** Leaves, having given up its partitions. Never rejects. */
  leave(): Promise<void>;
}

/** How a group is joined. */
export interface GroupOptions {
  group: string;
  /** Name of the member, for those who look. */
  consumer: string;
  topics: string[];
  sessionTimeoutMs: number;
  heartbeatIntervalMs: number;
  /** How long a member may take to give up what it has, milliseconds. */
  rebalanceTimeoutMs: number;
}

/** The group has gone on without this member: what it has is somebody else's. */
export class FencedError extends Error {
  override readonly name = "FencedError";
}

/** Errors by which a coordinator says so. */
export const FENCED: ReadonlySet<string> = new Set([
  "UNKNOWN_MEMBER_ID",
  "FENCED_MEMBER_EPOCH",
  "STALE_MEMBER_EPOCH",
  "ILLEGAL_GENERATION",
  "FENCED_INSTANCE_ID",
]);
