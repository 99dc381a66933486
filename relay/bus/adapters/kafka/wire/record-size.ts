import type { BusRecord } from "../../../port/bus.ts";

/** What a record takes beside its parts, bytes; more than it ever does. */
const OVERHEAD = 30;

/** Bytes of a record in a log, at most but for text beyond ASCII in its headers. */
export function sizeOf({ key, value, headers }: BusRecord): number {
  let bytes = OVERHEAD + value.length + Buffer.byteLength(key);
  for (const name in headers) bytes += 4 + name.length + (headers[name]?.length ?? 0);
  return bytes;
}
