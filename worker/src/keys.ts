import { Buffer } from "node:buffer";
import { createHash, timingSafeEqual } from "node:crypto";

/** Whom a write key belongs to. A web key is public and stands in pages; a server key is a secret. */
export type WriteKey =
  // `origins` are exact, for example https://shop.example; `*` is any.
  { kind: "web"; tenant_id: string; origins: string[] } | { kind: "server"; tenant_id: string };

/** What keys are stored and looked for under. */
export function hashKey(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}

/** The key's owner. Hashes are compared, all of them and each in constant time, so that time tells nothing of what is near a key. */
export function findKey(keys: ReadonlyMap<string, WriteKey>, key: string): WriteKey | undefined {
  const wanted = Buffer.from(hashKey(key));
  let found: WriteKey | undefined;
  for (const [hashed, owner] of keys) {
    if (timingSafeEqual(Buffer.from(hashed), wanted)) found = owner;
  }
  return found;
}

/** True where pages of this origin may use the key. */
export function allowsOrigin(key: WriteKey, origin: string | undefined): boolean {
  if (key.kind === "server" || key.origins.includes("*")) return true;
  return origin !== undefined && key.origins.includes(origin);
}
