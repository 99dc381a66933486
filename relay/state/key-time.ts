import { keyPart, keyPartText } from "./key-text.ts";

/** How nearly every time looks; zeros are any digits. */
const FORM = Buffer.from("0000-00-00T00:00:00.000Z");
/** The same in the canonical form, for the digits of each. */
const canonical = Buffer.from("0000-00-00T00:00:00.000000000Z");

/** Appends a time to the text of a key, one spelling for one instant: UTC, nine digits after the second. What is no such time is its own spelling. */
export function timePart(bytes: Buffer, start: number, end: number): void {
  if (!isPlainTime(bytes, start, end)) return keyPartText(canonicalTime(bytes.toString("utf8", start, end)));
  for (let i = 0; i < FORM.length - 1; i++) canonical[i] = bytes[start + i]!;
  keyPart(canonical, 0, canonical.length);
}

function isPlainTime(bytes: Buffer, start: number, end: number): boolean {
  if (end - start !== FORM.length) return false;
  for (let i = 0; i < FORM.length; i++) {
    const byte = bytes[start + i]!;
    if (FORM[i] === 48 ? byte < 48 || byte > 57 : byte !== FORM[i]) return false;
  }
  return true;
}

function canonicalTime(timestamp: string): string {
  const parts = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:Z|\+00:00)$/i.exec(timestamp);
  return parts ? `${parts[1]!.toUpperCase()}.${(parts[2] ?? "").padEnd(9, "0")}Z` : timestamp;
}
