import { setTimeout as sleep } from "node:timers/promises";
import type { Subscription } from "../../bus/port/subscriber.ts";
import { ConfigError } from "../../lib/settings.ts";
import { within } from "../../lib/within.ts";
import { OutageError } from "./until-done.ts";

interface UntilNothingIsLeftOptions {
  signal: AbortSignal;
  /** How long the bus may be out, milliseconds. */
  patienceMs: number;
  /** Called at each look at which something is left. */
  onLook?: () => Promise<void>;
}

const LOOK_MS = 200;

/**
 * Resolves when the group has nothing left of what this member has, or the signal comes. A member that has just joined has no lanes for a moment,
 * and so nothing that would be left. Rejects with an {@link OutageError}, and with a ConfigError where the bus cannot tell.
 */
export async function untilNothingIsLeft(
  subscription: Pick<Subscription, "lag">,
  { signal, patienceMs, onLook }: UntilNothingIsLeftOptions,
): Promise<void> {
  for (let heard = performance.now(); !signal.aborted;) {
    const lag = await within(patienceMs, subscription.lag(), () => new Error("it does not respond")).catch(
      (error: Error) => error,
    );
    if (lag === undefined) throw new ConfigError(["EVENT_PUBLISHER: expected a bus that can tell what is left, for --once"]);
    if (lag instanceof Error) {
      if (performance.now() - heard >= patienceMs) throw new OutageError("bus", patienceMs, lag);
    } else {
      if (lag.size > 0 && [...lag.values()].every((left) => left === 0)) return;
      if (lag.size > 0) await onLook?.();
      heard = performance.now();
    }
    await sleep(LOOK_MS, undefined, { signal }).catch(() => {});
  }
}
