import { setTimeout as sleep } from "node:timers/promises";
import type { Spool } from "./spool.ts";

/** Pause between two tries, milliseconds. */
const RETRY_MS = 1_000;

/** Sending in the background. */
export interface Posting {
  /** Ends it; what was not acked stays in the spool. */
  stop(): Promise<void>;
}

/** Gives the relay what this run or an earlier one keeps in the spool, again and again until it has taken all. */
export function postSpool(spool: Spool, relay: { url: string; token: string }, say: (line: string) => void): Posting {
  const stopping = new AbortController();
  const { signal } = stopping;
  const work = async (): Promise<void> => {
    while (!signal.aborted) {
      const messages = spool.count();
      if (messages > 0 && (await spool.post(relay, signal)) === 0) say(`the spool is on the bus (${messages} messages)`);
      await sleep(RETRY_MS, undefined, { signal }).catch(() => {});
    }
  };
  const working = work().catch((error: unknown) => say(`the spool cannot be sent: ${String(error)}`));
  return {
    stop() {
      stopping.abort();
      return working;
    },
  };
}
