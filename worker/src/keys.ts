import { Buffer } from "node:buffer";
import { createHash, timingSafeEqual } from "node:crypto";
import { WIRE_LIMITS } from "@sightline/client/wire";
import * as z from "zod";

const share = z.number().gt(0).max(1);

const shared = {
  /** Whose events they are. */
  tenant_id: z.string().min(1).max(64),
  /** Types that the key may send; absent: all that are registered. */
  event_types: z.array(z.string()).optional(),
  /** Limits below those of the wire. */
  limits: z
    .strictObject({
      events: z.int().min(1).max(WIRE_LIMITS.events).optional(),
      event_bytes: z.int().min(1).max(WIRE_LIMITS.eventBytes).optional(),
      body_bytes: z.int().min(1).max(WIRE_LIMITS.bodyBytes).optional(),
    })
    .optional(),
  /** Share of events that are kept, by type; absent: all. Of a request all events of one share are kept, or none. */
  sample_rates: z.record(z.string(), share).optional(),
  /** Kill switch: nothing is taken. */
  disabled: z.boolean().optional(),
  /** An outcome without request_id is refused instead of flagged. */
  strict_join_keys: z.boolean().optional(),
  /** Classes of personal data that the key may send besides pseudonymous ids. */
  pii: z.array(z.enum(["personal", "sensitive"])).optional(),
};

/** Whom a write key belongs to, and what it may do. A web key is public and stands in pages; a server key is a secret. */
export const keyPolicy = z.discriminatedUnion("kind", [
  // `origins` are exact, for example https://shop.example; `*` is any.
  z.strictObject({ kind: z.literal("web"), origins: z.array(z.string().min(1)), ...shared }),
  z.strictObject({ kind: z.literal("server"), ...shared }),
]);

/** Whom a write key belongs to, and what it may do. */
export type KeyPolicy = z.infer<typeof keyPolicy>;

/** What keys are stored and looked for under. */
export function hashKey(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}

/** The key's owner. Hashes are compared, all of them and each in constant time, so that time tells nothing of what is near a key. */
export function findKey(keys: ReadonlyMap<string, KeyPolicy>, key: string): KeyPolicy | undefined {
  const wanted = Buffer.from(hashKey(key));
  let found: KeyPolicy | undefined;
  for (const [hashed, owner] of keys) {
    if (timingSafeEqual(Buffer.from(hashed), wanted)) found = owner;
  }
  return found;
}

/** True where pages of this origin may use the key. */
export function allowsOrigin(key: KeyPolicy, origin: string | undefined): boolean {
  if (key.kind === "server" || key.origins.includes("*")) return true;
  return origin !== undefined && key.origins.includes(origin);
}
