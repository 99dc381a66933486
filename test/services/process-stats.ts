/** What a process of this machine takes. Linux alone can say. */
import { readFileSync } from "node:fs";

/** The kernel's unit of CPU time in /proc, on every architecture that Node runs on: proc(5), USER_HZ. */
const TICK_MS = 10;

/** Milliseconds of CPU that all threads of a process have had, in user space and in the kernel. */
export function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // proc_pid_stat(5): utime and stime are the 14th and the 15th field; the second, a name in brackets, may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

/** Bytes of a process that are in memory. */
export function rssBytes(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kilobytes) * 1024;
}

/** The most bytes of a process that ever were in memory; 0 where it has ended. */
export function peakRssBytes(pid: number): number {
  const [, kilobytes = 0] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kilobytes) * 1024;
}
