import { Buffer } from "node:buffer";
import { gzipSync } from "node:zlib";
import { gunzip } from "./gunzip.ts";

/** In workerd and Node as fast as level 1, and a tenth smaller; level 4 takes two thirds longer for nothing. */
const LEVEL = 3;

/**
 * Strict: bytes that are not UTF-8 could not be forwarded byte for byte. A byte order mark is part of the text. Pure: the collector's bundle,
 * which only packs, has none of it.
 */
const decoder = /* @__PURE__ */ new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A text in UTF-8, in gzip, in base64. */
export function gzipText(text: string): string {
  return gzipSync(text, { level: LEVEL }).toString("base64");
}

/**
 * The text of {@link gzipText}, of so many bytes in UTF-8. Throws an Error that says what was expected; a longer one is never inflated
 * beyond these bytes.
 */
export function gunzipText(packed: string, bytes: number): string {
  const unpacked = gunzip(Buffer.from(packed, "base64"), bytes);
  if (!unpacked.ok && unpacked.why === "broken") throw new Error("expected one whole gzip member in base64");
  if (!unpacked.ok || unpacked.bytes.byteLength !== bytes) throw new Error(`expected gzip of exactly ${bytes} bytes`);
  return decoder.decode(unpacked.bytes);
}
