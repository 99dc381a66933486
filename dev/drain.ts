import { setTimeout as sleep } from "node:timers/promises";
import type { Collector } from "./collector.ts";
import type { Gate } from "./gate.ts";

/** Pause between two looks, milliseconds: longer than the Worker takes from a message's delivery to its push. */
const LOOK_MS = 250;
/** Looks in a row that must find nothing: a message that the Worker holds just now is seen by neither count. */
const LOOKS = 3;

/** Waits until the local queue is empty and every message pushed from it is acked. False where `signal` is aborted before. */
export async function drain(collector: Pick<Collector, "backlog">, gate: Pick<Gate, "unacked">, signal: AbortSignal) {
  for (let empty = 0; ;) {
    empty = (await collector.backlog()) === 0 && gate.unacked() === 0 ? empty + 1 : 0;
    if (empty === LOOKS) return true;
    if (signal.aborted) return false;
    await sleep(LOOK_MS, undefined, { signal }).catch(() => {});
  }
}
