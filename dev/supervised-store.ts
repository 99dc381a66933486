/** The Parquet store as a child that is brought up again whenever it dies. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const CLI = fileURLToPath(new URL("../relay/cli/main.ts", import.meta.url));
/** A small heap: what it works on lies in files. */
const NODE_FLAGS = ["--no-warnings", "--max-semi-space-size=4", "--max-old-space-size=128"];
const AGAIN_MS = 2_000;
/** How long it may take to write what it has, milliseconds, before it is killed; that loses nothing: it is on the bus. */
const PATIENCE_MS = 30_000;

interface SuperviseStoreOptions {
  /** Its settings; the environment of this process is not passed on but for PATH and NODE_COMPILE_CACHE. */
  env: NodeJS.ProcessEnv;
  say: (line: string) => void;
}

/** A store that is kept running. */
export interface StoreProcess {
  /** Ends it in order, and brings it up no more. */
  stop(): Promise<void>;
}

/** Starts it. */
export function superviseStore({ env, say }: SuperviseStoreOptions): StoreProcess {
  const stopping = new AbortController();
  const { signal } = stopping;
  const start = () =>
    spawn(process.execPath, [...NODE_FLAGS, CLI, "store", "parquet"], {
      env: { PATH: process.env["PATH"], NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"], ...env },
      // A group of its own: a terminal's Ctrl-C is for the process that started it, which ends it in order.
      detached: true,
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
  let child = start();
  const watch = async (): Promise<void> => {
    for (;;) {
      const [code, killed] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
      if (signal.aborted) return;
      say(`the Parquet store ended (${code ?? killed}) and is started again; the bus keeps what comes meanwhile`);
      await sleep(AGAIN_MS, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      child = start();
    }
  };
  const watching = watch();
  return {
    async stop() {
      stopping.abort();
      child.kill("SIGTERM");
      const late = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
      await watching;
      clearTimeout(late);
    },
  };
}
