import { readdirSync, readFileSync, writeFileSync } from "node:fs";

/** Resident memory of a workerd, in bytes. */
export interface WorkerdMemory {
  /** What it is now. */
  resident(): number;
  /** The most that it was since the last `forgetPeak`. */
  peak(): number;
  forgetPeak(): void;
}

/** Memory of the workerd of this id. Linux only; throws an Error where it has ended. */
export function workerdMemory(pid: number): WorkerdMemory {
  const read = (field: string): number => {
    const kilobytes = new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    if (kilobytes === undefined) throw new Error(`workerd ${pid} has ended`);
    return Number(kilobytes) * 1024;
  };
  return {
    resident: () => read("VmRSS"),
    peak: () => read("VmHWM"),
    // proc_pid_clear_refs(5)
    forgetPeak: () => writeFileSync(`/proc/${pid}/clear_refs`, "5"),
  };
}

/** Id of the one workerd among the children of this process. Linux only; throws an Error where there is none, or more than one. */
export function childWorkerd(): number {
  const tasks = readdirSync("/proc/self/task");
  const children = tasks.flatMap((task) => readFileSync(`/proc/self/task/${task}/children`, "utf8").split(" ").filter(Boolean));
  const workerds = children.filter((child) => readFileSync(`/proc/${child}/comm`, "utf8").startsWith("workerd"));
  const [pid] = workerds;
  if (pid === undefined || workerds.length > 1) throw new Error(`expected one workerd, got ${workerds.length}`);
  return Number(pid);
}
