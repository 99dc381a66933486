/** The relay as a process of its own, as it runs in production: from the command line, ended by signals. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { fileURLToPath } from "node:url";

const CLI = fileURLToPath(new URL("../relay/cli/main.ts", import.meta.url));
/** As in the first line of that file. */
const NODE_FLAGS = ["--no-warnings", "--max-semi-space-size=16"];

interface RelayProcessOptions {
  /** Its settings; the environment of this process is not passed on but for PATH and NODE_COMPILE_CACHE. */
  env: NodeJS.ProcessEnv;
  /** The command line's file. @default this version's */
  cli?: string;
  /** Where its log goes: a number is that of an open file. @default "inherit" */
  log?: "inherit" | "ignore" | number;
}

/** A relay's process. */
export interface RelayProcess {
  pid: number;
  port: number;
  /** Its address, without a slash at the end. */
  url: string;
  /** Resolves with the exit code, or the signal that ended it. */
  exited: Promise<number | NodeJS.Signals>;
  kill(signal: NodeJS.Signals): void;
  /** SIGTERM, and its exit code. */
  stop(): Promise<number | NodeJS.Signals>;
}

/** Starts a relay; resolves when it listens. Rejects where it ends before that. It ends by itself when this process does. */
export async function startRelayProcess({ env, cli = CLI, log = "inherit" }: RelayProcessOptions): Promise<RelayProcess> {
  const child = spawn(process.execPath, [...NODE_FLAGS, cli, "relay"], {
    env: { PATH: process.env["PATH"], NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"], ...env },
    // A group of its own: a terminal's Ctrl-C is for the process that started it, which ends it in order.
    detached: true,
    stdio: ["ignore", log === "inherit" ? 2 : log, log === "ignore" ? "pipe" : "inherit", "ipc"],
  });
  let words = "";
  child.stderr?.on("data", (chunk: Buffer) => (words = (words + chunk.toString()).slice(-2_000)));
  const exited = once(child, "exit").then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
  const ready = once(child, "message").then(([message]) => message as { type: "ready"; port: number });
  const first = await Promise.race([ready, exited]);
  if (typeof first !== "object") throw new Error(`the relay ended with ${first} before it listened\n${words}`.trim());
  return {
    pid: child.pid ?? 0,
    port: first.port,
    url: `http://127.0.0.1:${first.port}`,
    exited,
    kill: (signal) => void child.kill(signal),
    stop() {
      child.kill("SIGTERM");
      return exited;
    },
  };
}
