import { gunzipSync } from "node:zlib";

/** The result of gunzip. */
export type Gunzipped = { ok: true; bytes: Uint8Array } | { ok: false; why: "too_large" | "broken" };

/**
 * Unpacks gzip up to a limit at which the inflater itself stops, so that a bomb is never unpacked. Broken where it ends early, or where
 * anything follows it.
 */
export function gunzip(packed: Uint8Array, maxBytes: number): Gunzipped {
  try {
    // With `info`, gunzipSync also returns how much of its input it used; the types do not have it.
    const result = gunzipSync(packed, { maxOutputLength: maxBytes, info: true }) as unknown as {
      buffer: Uint8Array;
      engine: { bytesWritten: number };
    };
    if (result.engine.bytesWritten !== packed.byteLength) return { ok: false, why: "broken" };
    return { ok: true, bytes: result.buffer };
  } catch (error) {
    return { ok: false, why: error instanceof RangeError ? "too_large" : "broken" };
  }
}
