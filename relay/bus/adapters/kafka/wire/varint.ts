/** Lengths, and texts behind their lengths, as a record has them: varints in zigzag (https://kafka.apache.org/protocol#protocol_types). */

/** Bytes of a varint of 32 bits, at most. */
export const VARINT = 5;

/** Bytes of a text with its length. */
export function textSize(text: string): number {
  const size = Buffer.byteLength(text);
  return varintSize(size) + size;
}

/** Writes a text behind its length; returns what follows. */
export function writeText(bytes: Buffer, text: string, at: number): number {
  const next = writeVarint(bytes, Buffer.byteLength(text), at);
  return next + bytes.write(text, next, "utf8");
}

/** Numbers here are lengths and indexes, so never negative; zigzag doubles them. */
export function varintSize(value: number): number {
  const doubled = value * 2;
  return doubled < 0x80 ? 1 : doubled < 0x4000 ? 2 : doubled < 0x200000 ? 3 : doubled < 0x10000000 ? 4 : VARINT;
}

/** Writes a length; returns what follows. */
export function writeVarint(bytes: Buffer, value: number, from: number): number {
  let at = from;
  let left = value * 2;
  for (; left > 0x7f; left = Math.floor(left / 0x80)) bytes[at++] = (left & 0x7f) | 0x80;
  bytes[at++] = left;
  return at;
}
