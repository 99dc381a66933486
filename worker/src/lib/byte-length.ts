import { Buffer } from "node:buffer";

/** UTF-8 bytes of a text: the unit of every limit. */
export function byteLength(text: string): number {
  return Buffer.byteLength(text);
}
