/** The processes that a process has started. */
import { execFileSync, spawnSync } from "node:child_process";

/** A process and its command line. */
export interface Member {
  pid: number;
  command: string;
}

/** A process, and all that it and those have started. */
export function familyOf(root: number): Member[] {
  const table = execFileSync("ps", ["-eo", "pid=,ppid=,args="], { encoding: "utf8", maxBuffer: 1 << 24 });
  const rows = [...table.matchAll(/^ *(\d+) +(\d+) (.*)$/gm)].map(([, pid, parent, command = ""]) => {
    return { pid: Number(pid), parent: Number(parent), command };
  });
  const family = rows.filter(({ pid }) => pid === root);
  for (const { pid } of family) family.push(...rows.filter(({ parent }) => parent === pid));
  return family.map(({ pid, command }) => ({ pid, command }));
}

/** Whether a process runs; one that has ended and was not yet collected by its parent does not. */
export function isAlive(pid: number): boolean {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
  return /^[^Z]/.test(stdout.trim());
}
