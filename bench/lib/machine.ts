import { cpus, loadavg } from "node:os";

/** The machine, what it has to do already, and the day. */
export function machine(): string {
  const [load = 0] = loadavg();
  return `${cpus().length} cores of ${cpus()[0]?.model}, load ${load.toFixed(1)} before, ${new Date().toISOString().slice(0, 10)}`;
}
