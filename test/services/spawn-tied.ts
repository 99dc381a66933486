/** Starts processes that end with this one, also where it is killed and so cannot end them. */
import {
  type ChildProcess,
  type ChildProcessByStdio,
  spawn,
  type SpawnOptions,
  type SpawnOptionsWithStdioTuple,
  spawnSync,
} from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";

/** What has the kernel end a process with the one that started it; on Linux alone. */
const TIE = ["setpriv", "--pdeathsig", "KILL"] as const;

/** What runs of them. */
const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

let canTie: boolean | undefined;

/** A process whose output is read. */
type Heard = ChildProcessByStdio<null, Readable, Readable>;
type Hearing = SpawnOptionsWithStdioTuple<"ignore", "pipe", "pipe">;

/** As `spawn`. Without setpriv the process ends with this one only where this one ends in order. */
export function spawnTied(command: string, args: readonly string[], options: Hearing): Heard;
export function spawnTied(command: string, args: readonly string[], options: SpawnOptions): ChildProcess;
export function spawnTied(command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  canTie ??= spawnSync(TIE[0], [...TIE.slice(1), "true"]).status === 0;
  const [program, ...all] = canTie ? [...TIE, command, ...args] : [command, ...args];
  const child = spawn(program!, all, options);
  running.add(child);
  child.once("exit", () => running.delete(child));
  return child;
}

/** Ends a process, unless it has ended; resolves when it is gone. */
export async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill(signal);
  await gone;
}
