import process from "node:process";
import type { Logger } from "pino";
import { type StateError, StoreFailed } from "../lib/database.ts";
import { DAY_MS } from "../lib/day.ts";
import { KEY_VERSION, OLD_KEYS } from "./key-hash.ts";
import { openStore } from "./open-store.ts";
import type { Store } from "./store.ts";

const HOUR_MS = 3_600_000;

interface SuperviseOptions {
  dataDir: string;
  /** For how long a key is remembered. */
  windowDays: number;
  log: Logger;
}

/** Opens the store of a running relay: what is older than the window is forgotten every hour, and all of it is read and checked every day. */
export function openSupervisedStore({ dataDir, windowDays, log }: SuperviseOptions): Store {
  const store = openStore(dataDir, { onBroken: (error) => endOf(error, log) });
  if (store.keys.version !== KEY_VERSION) log.warn(`the store is older than this relay: ${OLD_KEYS}`);
  const prune = (): void => {
    try {
      // A clock that is set ahead must not have everything forgotten, so that time goes on a day beyond the latest key at most.
      const now = Math.min(Date.now(), store.size().newest + DAY_MS);
      store.prune(now - windowDays * DAY_MS);
    } catch (error) {
      log.error({ reason: (error as Error).message }, "the store could not forget what is older than the window");
    }
  };
  const scrub = (): void => {
    store.scrub().then(
      (bytes) => log.debug({ bytes }, "the store was read and is whole"),
      // `onBroken` was told.
      () => undefined,
    );
  };
  const timers = [setInterval(prune, HOUR_MS).unref(), setInterval(scrub, DAY_MS).unref()];
  prune();
  scrub();
  return {
    ...store,
    close() {
      for (const timer of timers) clearInterval(timer);
      store.close();
    },
  };
}

/** A damaged store takes nothing and says why. After a write that failed only the next process can tell what is on the disk. */
function endOf(error: StateError, log: Logger): void {
  log.fatal({ reason: error.message }, "the store cannot go on");
  if (error instanceof StoreFailed) process.exit(1);
}
