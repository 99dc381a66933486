/** The relay as a child that is brought up again whenever it dies, on the same port. */
import { setTimeout as sleep } from "node:timers/promises";
import { type RelayProcess, startRelayProcess } from "./relay-process.ts";

/** Waits between two starts, milliseconds: the first, and the longest. */
const BACKOFF_MS = { first: 200, most: 2_000 };
/** A relay that lived so long, milliseconds, counts as well: the waits start over. */
const WELL_MS = 10_000;
/** How long a relay may take to end in order, milliseconds, before it is killed; that loses nothing either. */
const PATIENCE_MS = 30_000;

interface SupervisedRelayOptions {
  /** The relay's settings, RELAY_PORT included. */
  env: NodeJS.ProcessEnv;
  say: (line: string) => void;
  /** Told the process id at each start. */
  onStart: (pid: number) => void;
}

/** A relay that is kept running. */
export interface SupervisedRelay {
  /** Its address, the same over restarts, without a slash at the end. */
  url: string;
  /** Ends it in order, and brings it up no more. */
  stop(): Promise<void>;
}

/** Starts the relay. Rejects where it does not start the first time. */
export async function superviseRelay({ env, say, onStart }: SupervisedRelayOptions): Promise<SupervisedRelay> {
  const stopping = new AbortController();
  const { signal } = stopping;
  let relay = await startRelayProcess({ env });
  const { url, port } = relay;
  let wait = BACKOFF_MS.first;
  onStart(relay.pid);

  const startAgain = async (): Promise<void> => {
    while (!signal.aborted) {
      await sleep(wait, undefined, { signal }).catch(() => {});
      wait = Math.min(wait * 2, BACKOFF_MS.most);
      if (signal.aborted) return;
      try {
        relay = await startRelayProcess({ env: { ...env, RELAY_PORT: String(port) } });
        return onStart(relay.pid);
      } catch (error) {
        say(`${(error as Error).message.split("\n")[0]}; trying again`);
      }
    }
  };

  const watch = async (): Promise<void> => {
    for (let since = performance.now(); !signal.aborted; since = performance.now()) {
      const end = await relay.exited;
      if (signal.aborted) return;
      say(`the relay ended (${end}) and is started again; the queue keeps what comes meanwhile`);
      if (performance.now() - since > WELL_MS) wait = BACKOFF_MS.first;
      await startAgain();
    }
  };
  const watching = watch();

  return {
    url,
    async stop() {
      stopping.abort();
      await endInOrder(relay);
      await watching;
      // One that was being started when the end was asked for.
      await endInOrder(relay);
    },
  };
}

async function endInOrder(relay: RelayProcess): Promise<void> {
  const late = setTimeout(() => relay.kill("SIGKILL"), PATIENCE_MS);
  await relay.stop();
  clearTimeout(late);
}
