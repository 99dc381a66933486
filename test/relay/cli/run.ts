/** Runs the command line as a user does. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const CLI = fileURLToPath(new URL("../../../relay/cli/main.ts", import.meta.url));

/** What a command came to. */
export interface Ran {
  code: number;
  out: string;
  err: string;
}

/** Runs a command to its end; nothing of this process's environment goes along but PATH. */
export function sightline(args: string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> {
  return new Promise((resolve) => {
    const options = { env: { PATH: process.env["PATH"], ...env }, maxBuffer: 64 * 1024 * 1024 };
    const child = execFile(process.execPath, ["--no-warnings", CLI, ...args], options, (_error, out, err) =>
      resolve({ code: child.exitCode ?? -1, out, err }),
    );
  });
}

/** A command that runs. */
export interface Running {
  child: ChildProcess;
  /** What it has printed so far. */
  out: () => string;
  /** Resolves with its exit code, or the signal that ended it. */
  exited: Promise<number | NodeJS.Signals | null>;
}

/** Starts a command that does not end by itself. */
export function startSightline(args: string[], env: NodeJS.ProcessEnv): Running {
  const child = spawn(process.execPath, ["--no-warnings", CLI, ...args], {
    env: { PATH: process.env["PATH"], ...env },
    stdio: ["ignore", "pipe", "ignore"],
  });
  let out = "";
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  const exited = new Promise<number | NodeJS.Signals | null>((resolve) =>
    child.once("exit", (code, signal) => resolve(code ?? signal)),
  );
  return { child, out: () => out, exited };
}
