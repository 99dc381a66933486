/**
 * Tells workers that something was queued. A NOTIFY is lost while nobody listens, and pg does not listen again on a connection that it has
 * lost: this one is opened anew, and whoever waits looks once when it is. Polling is what nothing depends on this for.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "pg";
import { OUTBOX_TABLE } from "./table.ts";

/** Between two tries to listen, milliseconds. */
const AGAIN_MS = 1_000;

/** Wakes. */
export interface WakeUp {
  /** How often there was a reason to look. */
  readonly calls: number;
  /** Resolves when `calls` is another, after `ms`, or at once when the signal is aborted. */
  wait(calls: number, ms: number): Promise<void>;
}

/** Listens until `signal` is aborted. `connect` opens a connection; one that cannot be had is tried again. */
export function createWakeUp(connect: () => Promise<Client>, signal: AbortSignal): WakeUp {
  let [calls, next] = [0, Promise.withResolvers<void>()];
  const call = (): void => {
    calls++;
    next.resolve();
    next = Promise.withResolvers();
  };
  void listen(connect, signal, call);
  return {
    get calls() {
      return calls;
    },
    async wait(known, ms) {
      if (calls !== known || signal.aborted) return;
      const enough = new AbortController();
      const late = sleep(ms, undefined, { signal: AbortSignal.any([signal, enough.signal]) }).catch(() => {});
      await Promise.race([next.promise, late]);
      enough.abort();
    },
  };
}

async function listen(connect: () => Promise<Client>, signal: AbortSignal, call: () => void): Promise<void> {
  while (!signal.aborted) {
    try {
      const client = await connect();
      const lost = Promise.withResolvers<void>();
      const stop = (): void => lost.resolve();
      client.on("end", stop).on("notification", call);
      signal.addEventListener("abort", stop);
      try {
        await client.query(`LISTEN ${OUTBOX_TABLE}`);
        call();
        if (!signal.aborted) await lost.promise;
      } finally {
        signal.removeEventListener("abort", stop);
        await client.end();
      }
    } catch {
      // The workers tell of a database that cannot be had; here it only means that they poll.
    }
    await sleep(AGAIN_MS, undefined, { signal }).catch(() => {});
  }
}
