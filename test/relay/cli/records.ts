import type { BusRecord } from "../../../relay/bus/port/bus.ts";
import type { Envelope } from "../../../worker/src/envelope/envelope.ts";

/** The record that a relay publishes of an event. */
export const recordOf = (event: Envelope, topic: string = event.type): BusRecord => ({
  topic,
  key: event.metadata.partition_key,
  value: Buffer.from(JSON.stringify(event)),
  headers: { event_id: event.id, tenant_id: event.metadata.tenant_id, event_type: event.event_type },
});
