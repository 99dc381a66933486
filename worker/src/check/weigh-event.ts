import { fault, type Fault } from "../errors/fault.ts";
import type { EventType } from "../events/event-type.ts";
import type { KeyPolicy } from "../keys/policy.ts";
import { timestampMs } from "../lib/timestamp.ts";
import type { Checked, EventFields, UnsoundEvent } from "./checked.ts";
import type { CanonicalEvent } from "./writer/canonical-event.ts";

/** The rules for events besides the wire's own. */
export interface Rules {
  /**
   * The latest time an event may carry, milliseconds since 1970; undefined where the sender's clock is known through `sent_at`, and such
   * events are flagged and not refused.
   */
  deadline?: number | undefined;
  /** What the part of the batch says of each event. */
  common?: Record<string, unknown> | undefined;
  /** What the write key allows. */
  key?: Pick<KeyPolicy, "event_types" | "limits" | "pii" | "strict_join_keys" | "strict_pii"> | undefined;
}

/** The rules between fields, and those of the key and the clock. */
export function weighed(
  event: CanonicalEvent,
  sentBytes: number,
  type: EventType,
  fields: EventFields,
  { deadline, key }: Rules,
): Checked {
  const { text, bytes, hash: contentHash, redacted } = event;
  const refuse = (found: Fault): UnsoundEvent => refused(found, { text, sentBytes });
  if (fields.request_id === undefined) {
    if (key?.strict_join_keys && type.envelope === "rec.outcome.recorded.v1")
      return refuse(fault("missing_request_id", ["request_id"]));
  } else if (fields.surface === undefined) {
    return refuse(fault("missing_surface", ["surface"]));
  }
  if (deadline !== undefined && timestampMs(fields.timestamp) > deadline) return refuse(fault("future_timestamp", ["timestamp"]));
  if (key?.event_types?.includes(type.name) === false) return refuse(fault("type_not_allowed", ["event_type"]));
  return { ok: true, type, fields, text, bytes, sentBytes, contentHash, redacted };
}

/** Refuses an event; `known` is its text and size, where it was sound enough to be written. */
export function refused(found: Fault, known?: { sentBytes: number; text: string }): UnsoundEvent {
  return { ok: false, fault: found, sentBytes: known?.sentBytes ?? 0, text: known?.text };
}

/** An event is larger than this key may send. */
export function tooLarge(mostBytes: number): Fault {
  return fault("event_too_large", [], `an event is at most ${mostBytes} bytes`);
}
