import type { Envelope } from "@sightline/worker/envelope";
import { keyKindOf } from "../bus/records/key-kind.ts";

/** What tells an event from every other: ids of web keys and of server keys are two namespaces. */
export function eventName({ id, metadata }: Pick<Envelope, "id" | "metadata">): string {
  return JSON.stringify([metadata.tenant_id, keyKindOf(metadata), id]);
}

/** What an item of an event is joined by: (tenant, request, item, unit), and the same whatever the unit. */
export function joinKeys({ payload, metadata }: Envelope, item_id: string | undefined): { item: string; ofAny: string } {
  const ofAny = JSON.stringify([metadata.tenant_id, payload.request_id ?? "", item_id ?? ""]);
  return { item: JSON.stringify([ofAny, payload.unit_type ?? "", payload.unit_id ?? ""]), ofAny };
}
