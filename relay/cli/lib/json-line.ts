import { printable } from "../../lib/printable.ts";

/** A value as one line of JSON, with its newline: the same value to whoever reads it, and nothing in it that a terminal would obey. */
export function jsonLine(value: unknown): string {
  return `${printable(JSON.stringify(value))}\n`;
}
