import type { UnsoundEvent } from "../check/checked.ts";
import { fault, type Fault } from "../errors/fault.ts";

/** An event that could not be read from its format. It is refused at its place; the rest of the batch is processed. */
export class MalformedEvent {
  readonly refusal: UnsoundEvent;
  /** The id that it would have had, so that its verdict can name it. */
  readonly event_id: unknown;

  constructor(found: Fault, event_id?: unknown) {
    this.refusal = { ok: false, fault: found, sentBytes: 0 };
    this.event_id = event_id;
  }
}

/** An event that is refused as `invalid_event`, with what was expected of it. */
export function malformed(message: string, event_id?: unknown): MalformedEvent {
  return new MalformedEvent(fault("invalid_event", [], message), event_id);
}
