import { utf8 } from "../lib/utf8-length.ts";

/** The first 128 bits of a text's SHA-256, as 32 hex digits. */
export async function digest(text: string): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", utf8(text)));
  return [...bytes.subarray(0, 16)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
