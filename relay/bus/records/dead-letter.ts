/** A dead letter as it is found on the bus, and which of them are wanted. */
import type { StoredRecord } from "../port/bus.ts";
import { type DlqMetadata, originalOf } from "./dead-letter-record.ts";

/** A dead letter, taken apart. */
export interface DeadLetter {
  /** `<topic>/<partition>/<offset>`: where it is, and its name from there on. */
  id: string;
  /** The topic of dead letters that it is in. */
  topic: string;
  key: string;
  headers: Record<string, string>;
  /** What could not be delivered, byte for byte: an envelope, or the body of a message that is no pack. */
  original: string;
  metadata: DlqMetadata;
  /** Of the event; empty where it could not be read. */
  event_id: string;
  event_type: string;
  tenant_id: string;
}

/** Takes a record apart. Throws an Error that names the record where it is no dead letter. */
export function readDeadLetter(record: StoredRecord): DeadLetter {
  const { topic, key, headers } = record;
  const id = deadLetterId(record);
  try {
    const { original, metadata } = originalOf(record.value.toString());
    return {
      id,
      topic,
      key,
      headers,
      original,
      metadata,
      event_id: headers["event_id"] ?? "",
      event_type: headers["event_type"] ?? "",
      // What could not be read has no headers of an event.
      tenant_id: headers["tenant_id"] ?? String(metadata.details?.["tenant_id"] ?? ""),
    };
  } catch (error) {
    throw new Error(`${id}: ${(error as Error).message}`, { cause: error });
  }
}

/** The name of a dead letter. */
export function deadLetterId({ topic, partition, offset }: Pick<StoredRecord, "topic" | "partition" | "offset">): string {
  return `${topic}/${partition}/${offset}`;
}

/** The topic that a dead letter's id names; undefined where that is no id. */
export function topicOfId(id: string): string | undefined {
  return /^([^/]+)\/\d+\/\d+$/.exec(id)?.[1];
}

/** Which dead letters are wanted; what is left out wants all. */
export interface Wanted {
  id?: string | undefined;
  /** `error_code`. */
  error?: string | undefined;
  /** Failed then or later. */
  since?: Date | undefined;
}

/** Whether a dead letter is wanted. */
export function isWanted({ id, metadata }: DeadLetter, wanted: Wanted): boolean {
  if (wanted.id !== undefined && wanted.id !== id) return false;
  if (wanted.error !== undefined && wanted.error !== metadata.error_code) return false;
  // Without a time that can be read it is shown rather than hidden.
  return wanted.since === undefined || !(Date.parse(metadata.failed_at) < wanted.since.getTime());
}

/** The dead letter that this one was replayed from, when its replay ended in the dead letters again. */
export function replayedFrom({ metadata }: DeadLetter): string | undefined {
  const from = metadata.details?.["queue_message_id"];
  return typeof from === "string" && topicOfId(from) !== undefined ? from : undefined;
}
