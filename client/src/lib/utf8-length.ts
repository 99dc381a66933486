const encoder = new TextEncoder();

/** Bytes of a text in UTF-8: the wire's limits, and the browser's budget for keepalive, count these and not characters. */
export function utf8Length(text: string): number {
  return encoder.encode(text).byteLength;
}
