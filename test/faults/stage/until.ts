import { setTimeout as sleep } from "node:timers/promises";

/** Milliseconds between two looks. */
const LOOK_MS = 25;

/** Resolves when the condition holds. Rejects when the signal is aborted before, and says what was waited for. */
export async function until(what: string, condition: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
  while (!(await condition())) {
    if (signal.aborted) throw new Error(`${what}: waited for in vain`);
    await sleep(LOOK_MS);
  }
}

/** Whether the relay takes; false where it cannot be reached. */
export async function takes(url: string): Promise<boolean> {
  return fetch(`${url}/readyz`).then(
    async (response) => {
      await response.body?.cancel();
      return response.ok;
    },
    () => false,
  );
}
