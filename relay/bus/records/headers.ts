import type { KeyKind } from "@sightline/worker/envelope";
import type { BusRecord } from "../port/bus.ts";

/** What an envelope says of itself in the headers of its record. */
export interface EventFacts {
  /** The event's id. */
  id: string;
  event_type: string;
  /** 32 hexadecimal digits; anything else is left out. */
  trace_id: string;
  tenant_id: string;
  key_kind: KeyKind;
  schema: string;
}

/** Headers of an envelope's record. */
export function headersOf(facts: EventFacts): BusRecord["headers"] {
  const { id, event_type, trace_id, tenant_id, key_kind, schema } = facts;
  return {
    event_id: id,
    event_type,
    "content-type": "application/json",
    // Sampled flag unset: the relay decides nothing about sampling. https://www.w3.org/TR/trace-context/
    ...(/^[0-9a-f]{32}$/.test(trace_id) ? { traceparent: `00-${trace_id}-${trace_id.slice(16)}-00` } : {}),
    tenant_id,
    key_kind,
    schema,
  };
}
