/** What brokers' errors say of a produce without a transaction. */
import type { Refusal } from "../../../port/bus.ts";

/** It is in the log already: what was sent again had arrived. */
export const ALREADY_THERE = "DUPLICATE_SEQUENCE_NUMBER";

/** These records, or some of them, will never be taken. */
export const REFUSED: Readonly<Record<string, Refusal["code"]>> = {
  MESSAGE_TOO_LARGE: "record_too_large",
  RECORD_LIST_TOO_LARGE: "record_too_large",
  INVALID_RECORD: "record_refused",
  INVALID_TOPIC_EXCEPTION: "topic_unavailable",
};

/** A right is missing: no record is at fault, and to ask again at once is of no use. */
export const DENIED: ReadonlySet<string> = new Set(["TOPIC_AUTHORIZATION_FAILED", "CLUSTER_AUTHORIZATION_FAILED"]);

/** The broker knows of another sequence, or of no such producer: nothing that this one sends is taken any more. */
export const LOST: ReadonlySet<string> = new Set([
  "OUT_OF_ORDER_SEQUENCE_NUMBER",
  "UNKNOWN_PRODUCER_ID",
  "INVALID_PRODUCER_EPOCH",
  "INVALID_PRODUCER_ID_MAPPING",
  "PRODUCER_FENCED",
]);

/** Said by a broker that has not written it. Of any other error, or none that a broker said, it may have. */
export const NOT_WRITTEN: ReadonlySet<string> = new Set([
  ...Object.keys(REFUSED),
  ...DENIED,
  ...LOST,
  "UNKNOWN_TOPIC_OR_PARTITION",
  "UNKNOWN_TOPIC_ID",
  "LEADER_NOT_AVAILABLE",
  "NOT_LEADER_OR_FOLLOWER",
  "FENCED_LEADER_EPOCH",
  "NOT_ENOUGH_REPLICAS",
  "THROTTLING_QUOTA_EXCEEDED",
  "CORRUPT_MESSAGE",
]);
