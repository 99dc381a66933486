import type { BusRecord } from "../../../port/bus.ts";
import { EnvelopeRecord } from "../../../records/envelope-record.ts";
import { envelopeSize } from "./envelope-parts.ts";

/** What a record takes beside its parts, bytes; more than it ever does. */
const OVERHEAD = 30;

/** Bytes of a record in a log, at most but for text beyond ASCII in its headers. */
export function sizeOf(record: BusRecord): number {
  if (record instanceof EnvelopeRecord) return OVERHEAD + envelopeSize(record.envelope);
  const { key, value, headers } = record;
  let bytes = OVERHEAD + value.length + Buffer.byteLength(key);
  for (const name in headers) bytes += 4 + name.length + (headers[name]?.length ?? 0);
  return bytes;
}
