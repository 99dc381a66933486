import { createHash } from "node:crypto";
import { WIRE_LIMITS } from "@sightline/client/wire";
import * as z from "zod/mini";
import { isTimestamp } from "../lib/timestamp.ts";

/** An origin as browsers write it in the header, or `*`, which is any. */
const originText = z
  .string()
  .check(
    z.regex(
      /^(\*|[a-z][a-z0-9+.-]*:\/\/[^\s/?#@*A-Z]+)$/,
      "expected an origin such as https://shop.example, without a path, or *",
    ),
  );
const upTo = (most: number) => z.optional(z.int().check(z.gte(1), z.lte(most)));
const share = z.number().check(z.gt(0), z.lte(1));
/** Not z.iso.datetime, which is 100 bytes of the bundle. */
const time = z.string().check(z.refine(isTimestamp));

const shared = {
  /** Whose events they are. */
  tenant_id: z.string().check(z.minLength(1), z.maxLength(64)),
  /** Types that the key may send; absent: all that are registered. */
  event_types: z.optional(z.array(z.string())),
  /** Limits below those of the wire. */
  limits: z.optional(
    z.strictObject({
      events: upTo(WIRE_LIMITS.events),
      event_bytes: upTo(WIRE_LIMITS.eventBytes),
      body_bytes: upTo(WIRE_LIMITS.bodyBytes),
    }),
  ),
  /** Share of events that are kept, by type; absent: all. Of a request all events of one share are kept, or none. */
  sample_rates: z.optional(z.record(z.string(), share)),
  /** Kill switch: nothing is taken. */
  disabled: z.optional(z.boolean()),
  /** An outcome without request_id is refused instead of flagged. */
  strict_join_keys: z.optional(z.boolean()),
  /** Personal data in `context`, `metrics` or `payload` is refused instead of taken out and flagged. */
  strict_pii: z.optional(z.boolean()),
  /** Classes of personal data that the key may send besides pseudonymous ids: they are left as they are, in ids too. */
  pii: z.optional(z.array(z.enum(["personal", "sensitive"]))),
};

/** Whom a write key belongs to, and what it may do. A web key is public and stands in pages; a server key is a secret. */
export const keyPolicy = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("web"), origins: z.array(originText), ...shared }),
  z.strictObject({ kind: z.literal("server"), ...shared }),
]);

/** Whom a write key belongs to, and what it may do. */
export type KeyPolicy = z.infer<typeof keyPolicy>;

/**
 * What KV holds of a key, as JSON under {@link storedName}. The key itself is stored nowhere: who reads the namespace cannot send with
 * what stands there.
 */
export const storedKey = z.strictObject({
  policy: keyPolicy,
  /** When it was made, ISO 8601 UTC. */
  created_at: time,
  /** Since when it is refused as unknown. */
  revoked_at: z.optional(time),
});

/** What KV holds of a key. */
export type StoredKey = z.infer<typeof storedKey>;

/** The form of stored keys; what is not of it is not looked for in KV. Keys of the configuration may have any form. */
export const KEY_FORM = /^[ws]k_[A-Za-z0-9_-]{8,64}$/;

/** SHA-256 of a key, as hex digits. */
export function hashKey(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}

/** The public name of a key: the first 48 bits of its hash. It stands in logs and on the command line, where a key must not. */
export function keyId(hash: string): string {
  return hash.slice(0, 12);
}

/** The name in KV of a key with this hash; of an id, the beginning of that name. */
export function storedName(hashOrId: string): string {
  return `key:${hashOrId}`;
}

/** True where pages of this origin may use the key. */
export function allowsOrigin(key: KeyPolicy, origin: string | undefined): boolean {
  if (key.kind === "server" || key.origins.includes("*")) return true;
  return origin !== undefined && key.origins.includes(origin);
}
