const encoder = new TextEncoder();

/** UTF-8 bytes of a text: the unit of every limit. */
export function byteLength(text: string): number {
  return encoder.encode(text).byteLength;
}
