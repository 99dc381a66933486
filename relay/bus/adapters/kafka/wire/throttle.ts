/**
 * Waits as long as brokers ask for (KIP-219): a broker responds at once, says for how long it reads nothing more of the connection, and would let what is
 * sent meanwhile wait, until whoever sent it takes it for lost.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { responseOf } from "./errors.ts";

/** What connections have been asked to wait for. */
export interface Throttle<C extends object> {
  /** Resolves when the connection may be written to again, to all who wait in their order. */
  over(connection: C): Promise<void>;
  /** Looks what a response, or an error with one, asks for, and passes it on at once. */
  heed<T>(connection: C, response: Promise<T>): Promise<T>;
}

/** Makes it; it tells of each wait that is asked for. */
export function createThrottle<C extends object>(onThrottled: (ms: number) => void): Throttle<C> {
  const waits = new WeakMap<C, Promise<unknown>>();
  const note = (connection: C, response: unknown): void => {
    const { throttleTimeMs = 0 } = (response ?? {}) as { throttleTimeMs?: number };
    if (throttleTimeMs <= 0) return;
    onThrottled(throttleTimeMs);
    const before = waits.get(connection);
    waits.set(connection, Promise.all([before, sleep(throttleTimeMs)]));
  };
  return {
    async over(connection) {
      await waits.get(connection);
    },
    async heed(connection, response) {
      try {
        const found = await response;
        note(connection, found);
        return found;
      } catch (error) {
        note(connection, responseOf(error));
        throw error;
      }
    },
  };
}
