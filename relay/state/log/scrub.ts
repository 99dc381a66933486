import { setTimeout as sleep } from "node:timers/promises";
import type { KeyLog } from "./key-log.ts";

/**
 * Reads every file of the log, one after another, at most so many bytes a second, and checks each block; returns the bytes read. Rejects with
 * a StateError where one is damaged. Ends early when `signal` says so.
 */
export async function scrubLog(log: KeyLog, bytesPerSecond: number, signal: AbortSignal): Promise<number> {
  let bytes = 0;
  let checked = 0;
  for (;;) {
    const segment = log.segments.find(({ id }) => id > checked);
    if (!segment || signal.aborted) return bytes;
    checked = segment.id;
    const read = log.check(segment);
    bytes += read;
    // A relay that stops does not wait for it.
    await sleep((read / bytesPerSecond) * 1000, undefined, { signal, ref: false }).catch(() => undefined);
  }
}
