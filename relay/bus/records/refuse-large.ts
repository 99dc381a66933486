import { type BusRecord, PublishError, type Refusal } from "../port/bus.ts";

/**
 * Throws a {@link PublishError} that refuses each record of more than `most` bytes of value, key and headers, before anything of its batch
 * is sent. For a bus that would close the connection on one, or has no limit of its own.
 */
export function refuseLarge(records: readonly BusRecord[], most: number): void {
  const refused = new Map<BusRecord, Refusal>();
  for (const record of records) {
    const bytes = bytesOf(record);
    if (bytes <= most) continue;
    refused.set(record, {
      code: "record_too_large",
      message: `expected at most ${most} bytes of value, key and headers, got ${bytes}`,
    });
  }
  if (refused.size > 0) throw new PublishError("absent", `${refused.size} records are larger than the bus takes`, { refused });
}

function bytesOf({ key, value, headers }: BusRecord): number {
  const texts = [key, ...Object.entries(headers).flat()];
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), value.length);
}
