/** Ends a browser as a crash does. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { familyOf, isAlive } from "../family.ts";

/** SIGKILL to a process and all that it and those have started; resolves when all are gone. */
export async function killTree(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const pids = familyOf(child.pid).map(({ pid }) => pid);
  const gone = once(child, "exit");
  for (const pid of pids) kill(pid);
  await gone;
  while (pids.some(isAlive)) await new Promise((resolve) => setTimeout(resolve, 10));
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}
