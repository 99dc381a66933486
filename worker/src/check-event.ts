import { WIRE_LIMITS, type WireEvent } from "@sightline/client/wire";
import type { EventType } from "./events/event-type.ts";
import { registry } from "./events/registry.ts";
import { fault, schemaFault, type Fault } from "./fault.ts";
import { byteLength } from "./lib/byte-length.ts";
import { looksPersonal } from "./lib/looks-personal.ts";
import { timestampMs } from "./lib/timestamp.ts";
import { scan } from "./scan.ts";

/** How far a clock may be ahead before it counts as ahead, milliseconds. */
export const CLOCK_TOLERANCE_MS = 5 * 60_000;

/** A checked event, or what is wrong with it; `bytes` is its size, 0 where it was refused before its size was known. */
export type Checked = { ok: true; event: WireEvent; type: EventType; bytes: number } | { ok: false; fault: Fault; bytes: number };

/**
 * Checks one event, `common` merged. `deadline` is the latest time an event may carry, in milliseconds since 1970; undefined where the
 * sender's clock is known through `sent_at`, and such events are flagged and not refused.
 */
export function checkEvent(event: Record<string, unknown>, deadline: number | undefined): Checked {
  const unsound = scan(event);
  if (unsound !== undefined) return { ok: false, fault: unsound, bytes: 0 };
  const bytes = byteLength(JSON.stringify(event));
  const refuse = (found: Fault): Checked => ({ ok: false, fault: found, bytes });
  if (bytes > WIRE_LIMITS.eventBytes) return refuse(fault("event_too_large"));
  const { event_type: name } = event;
  if (name === undefined) return refuse(fault("missing_event_type", ["event_type"]));
  if (typeof name !== "string") return refuse(fault("invalid_field", ["event_type"], "a string was expected"));
  const type = registry.get(name);
  if (type === undefined) return refuse(fault("unknown_event_type", ["event_type"]));
  const parsed = type.schema.safeParse(event);
  if (!parsed.success) return refuse(schemaFault(parsed.error.issues, event));
  const odd = meaningFault(parsed.data, deadline);
  // The event goes on as it was sent, not as zod copied it: the order of its fields is kept.
  return odd === undefined ? { ok: true, event: event as unknown as WireEvent, type, bytes } : refuse(odd);
}

/** Rules between fields, and of what a value means. */
function meaningFault(event: WireEvent, deadline: number | undefined): Fault | undefined {
  if (event.request_id !== undefined && event.surface === undefined) return fault("missing_surface", ["surface"]);
  if (looksPersonal(event.unit_id)) return fault("pii_detected", ["unit_id"]);
  if (deadline !== undefined && timestampMs(event.timestamp) > deadline) return fault("future_timestamp", ["timestamp"]);
  return undefined;
}
