/** What a subscriber does with an event. */
import type { StoredRecord } from "@sightline/bus/port";
import type { ReceivedEvent } from "./events.ts";

/** What a handler may want to know besides. */
export interface MessageContext {
  /** Channel, without prefix. */
  channel: string;
  /** The record as it is on the bus. */
  record: StoredRecord;
  /** Which try of the handler this is, from 1. */
  attempt: number;
  /** Aborted when the message is about to be somebody else's: what the handler has not done by then is done again there. */
  signal: AbortSignal;
}

/** Does the work of one event. What it throws has it tried again. */
export type Handler = (event: ReceivedEvent, context: MessageContext) => Promise<void> | void;
