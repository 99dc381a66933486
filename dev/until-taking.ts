import { setTimeout as sleep } from "node:timers/promises";

/** How long a bus may take to open, milliseconds, before the rest is started without it. */
const PATIENCE_MS = 10_000;
const LOOK_MS = 100;

/**
 * Waits until the relay takes deliveries: it listens before its bus is open. A bus that is down is no reason not to start, since the
 * queue keeps the events; that is said. Rejects once `signal` is aborted.
 */
export async function untilTaking(url: string, say: (line: string) => void, signal: AbortSignal): Promise<void> {
  const patience = AbortSignal.timeout(PATIENCE_MS);
  for (;;) {
    const answer = await fetch(`${url}/readyz`, { signal }).catch(() => undefined);
    signal.throwIfAborted();
    if (answer?.ok) return;
    if (patience.aborted)
      return say(`the relay does not take yet (${(await answer?.text())?.trim()}); the queue keeps the events`);
    await sleep(LOOK_MS);
  }
}
