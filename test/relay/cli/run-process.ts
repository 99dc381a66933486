/** Runs the command line as a process of its own, as a user does; run.ts runs it in this one, which is quicker. */
import { type ChildProcess, execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { spawnTied } from "../../services/spawn-tied.ts";
import type { Ran } from "./run.ts";

const CLI = fileURLToPath(new URL("../../../relay/cli/main.ts", import.meta.url));

/** Runs a command to its end; nothing of this process's environment goes along but PATH. */
export function sightlineProcess(args: string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> {
  return new Promise((resolve) => {
    const options = { env: { PATH: process.env["PATH"], ...env }, maxBuffer: 64 * 1024 * 1024 };
    const child = execFile(process.execPath, ["--no-warnings", CLI, ...args], options, (_error, out, err) =>
      resolve({ code: child.exitCode ?? -1, out, err }),
    );
  });
}

/** A command that runs. */
export interface RunningProcess {
  child: ChildProcess;
  /** What it has printed so far. */
  out: () => string;
  err: () => string;
  /** Resolves with its exit code, or the signal that ended it. */
  exited: Promise<number | NodeJS.Signals | null>;
}

/** Starts a command that does not end by itself. */
export function startSightlineProcess(args: string[], env: NodeJS.ProcessEnv): RunningProcess {
  const child = spawnTied(process.execPath, ["--no-warnings", CLI, ...args], {
    env: { PATH: process.env["PATH"], ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [out, err] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
  const exited = new Promise<number | NodeJS.Signals | null>((resolve) =>
    child.once("close", (code, signal) => resolve(code ?? signal)),
  );
  return { child, out: () => out, err: () => err, exited };
}
