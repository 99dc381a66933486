import { createHash } from "node:crypto";
import { canonicalJson } from "./canonical-json.ts";

/** The first 128 bits of a value's SHA-256, as 32 hex digits: of its canonical form, so that the order of keys does not matter. */
export function hash(value: unknown): string {
  return createHash("sha256").update(canonicalJson(value)).digest("hex").slice(0, 32);
}
