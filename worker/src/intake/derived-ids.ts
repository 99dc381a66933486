import type { RequestFacts } from "./enrich.ts";
import { hash } from "../lib/hash.ts";

/**
 * Ids for the events of one request that have none: the same for every resend, whatever part of the request is sent again. With an
 * Idempotency-Key they come from that key and from what the event says, and the second, third, … event that says the same has an id of its
 * own; without one from what the event says alone, before any default, so that two events that say the same are one.
 */
export function createIdMaker({
  tenantId,
  idempotencyKey,
}: RequestFacts): (event: { text: string; contentHash: string }) => string {
  const met = new Map<string, number>();
  return ({ text, contentHash }) => {
    if (idempotencyKey === undefined) return `evt_${hash([tenantId, text])}`;
    const before = met.get(contentHash) ?? 0;
    met.set(contentHash, before + 1);
    return `key_${hash([tenantId, "idempotency-key", idempotencyKey, text, before])}`;
  };
}
