import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpuMs } from "../../test/services/process-stats.ts";
import { ensureCommand } from "../../test/services/machine.ts";
import { BATCH } from "./contenders.ts";
import type { Run } from "./figures.ts";
import type { Stage } from "./stage.ts";

/** How often its CPU time is read, milliseconds: the last reading before it ends is what is known. */
const EVERY_MS = 20;

/** As many and as long as the relay's; kcat cannot read headers from its file. */
const HEADERS = [
  "event_id=fb0G0CNxKzLAlk3MlxISo-12",
  "event_type=exposure",
  "content-type=application/json",
  "traceparent=00-1d772605a4e149f3a6093b0c266843c7-a6093b0c266843c7-00",
  "tenant_id=demo",
  "schema=exposure@1",
];

/** Runs kcat over its file again and again; its start and end are in the time. */
export async function runKcat(topic: string, stage: Stage): Promise<Run> {
  await ensureCommand("kcat", "kcat");
  await produce(topic, stage);
  let [messages, ms, cpu] = [0, 0, 0];
  while (ms < stage.times.ms) {
    const began = performance.now();
    cpu += await produce(topic, stage);
    ms += performance.now() - began;
    messages += stage.kcatCount;
  }
  await stage.stored(topic, messages);
  return { rate: (messages / ms) * 1000, cpuUs: (cpu / messages) * 1000 };
}

/** One run over the file; returns the milliseconds of CPU. */
async function produce(topic: string, { broker, kcatRecords }: Stage): Promise<number> {
  const options = ["-X", "acks=all", "-X", `batch.num.messages=${BATCH}`, ...HEADERS.flatMap((header) => ["-H", header])];
  const args = ["-P", "-b", broker.brokers, "-t", topic, "-K", "\t", ...options, "-l", kcatRecords];
  const child = spawn("kcat", args, { stdio: ["ignore", "ignore", "inherit"] });
  const exited = once(child, "exit");
  let cpu = 0;
  const reading = setInterval(() => (cpu = readCpu(child.pid ?? 0) ?? cpu), EVERY_MS);
  const [code] = (await exited.finally(() => clearInterval(reading))) as [number | null];
  if (code !== 0) throw new Error(`expected kcat to end with 0, got ${code}`);
  return cpu;
}

/** Nothing where it has ended meanwhile. */
function readCpu(pid: number): number | undefined {
  try {
    return cpuMs(pid);
  } catch {
    return undefined;
  }
}
