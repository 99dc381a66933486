/** Waits for a page. */
import { setTimeout as sleep } from "node:timers/promises";

/** Between two looks, milliseconds. */
const LOOK_MS = 20;

/** Resolves when it holds; a look that fails, as where the page just goes, is tried again. Rejects after `ms` milliseconds, and says what was awaited. */
export async function untilTrue(what: string, look: () => Promise<boolean>, ms = 30_000): Promise<void> {
  const end = performance.now() + ms;
  let cause: unknown;
  while (!(await look().catch((error: unknown) => void (cause = error)))) {
    if (performance.now() > end) throw new Error(`expected within ${ms} ms: ${what}`, { cause });
    await sleep(LOOK_MS);
  }
}
