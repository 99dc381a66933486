/** Waits for a relay. However long that takes: the test's own timeout is the limit. */
import { setTimeout as sleep } from "node:timers/promises";

/** Between two looks, milliseconds. */
const LOOK_MS = 20;

/** Resolves when it takes deliveries. */
export async function untilReady(url: string): Promise<void> {
  while (!(await fetch(`${url}/readyz`)).ok) await sleep(LOOK_MS);
}

/** Resolves when it says this of why it takes none. */
export async function untilUnready(url: string, reason: string): Promise<void> {
  while (!(await (await fetch(`${url}/readyz`)).text()).includes(reason)) await sleep(LOOK_MS);
}
