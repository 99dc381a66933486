import { utf8 } from "../lib/utf8-length.ts";

/** The first 128 bits of a text's SHA-256, as 32 hex digits. */
export async function digest(text: string): Promise<string> {
  return hex128(await crypto.subtle.digest("SHA-256", utf8(text)));
}

/** The first 128 bits, as 32 hex digits. */
export function hex128(bytes: ArrayBuffer): string {
  return [...new Uint8Array(bytes, 0, 16)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
