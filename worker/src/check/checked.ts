/** What the check of one event comes to. */
import type { Fault } from "../errors/fault.ts";
import type { EventType } from "../events/event-type.ts";

/** What the collector itself reads of an event, `common` merged. */
export interface EventFields {
  event_id?: string;
  request_id?: string;
  unit_id: string;
  timestamp: string;
  seq?: number;
  surface?: string;
  experiments?: readonly unknown[];
  context?: { policy_version_id?: unknown };
}

/** An event that passed. */
export interface SoundEvent {
  ok: true;
  type: EventType;
  fields: EventFields;
  /** The event, `common` merged, in canonical form, without what must not be sent; and its UTF-8 bytes. */
  text: string;
  bytes: number;
  /** Its bytes before anything was taken out, which alone count for limits: `[redacted]` is longer than an address may be. */
  sentBytes: number;
  contentHash: string;
  /** Personal data was taken out of it. */
  redacted: boolean;
}

/** An event that is refused; its size is 0, and its text undefined, where it was refused before they were known. */
export interface UnsoundEvent {
  ok: false;
  fault: Fault;
  sentBytes: number;
  text?: string | undefined;
}

/** A sound event, or what is wrong with it. */
export type Checked = SoundEvent | UnsoundEvent;
