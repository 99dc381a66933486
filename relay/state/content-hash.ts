import { murmur128 } from "@sightline/worker/murmur128";

/** What the collector writes, and the store keeps as 16 bytes. */
const FORM = /^[0-9a-f]{32}$/;

/** A content hash in the one form that the store keeps: the collector's own as it is, any other text hashed to that form. */
export function contentHash(text: string): string {
  return FORM.test(text) ? text : murmur128(text).hash;
}
