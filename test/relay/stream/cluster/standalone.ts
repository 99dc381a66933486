/** A Flink cluster of processes on this machine: a JobManager and TaskManagers, from the same jars as a run in one JVM. */
import type { ChildProcess } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { JVM_OPTIONS } from "../../../../relay/stream/runner.ts";
import { SHORT_RUN } from "../../../services/flink.ts";
import { type FlinkRest, flinkRest } from "../../../services/flink-rest.ts";
import { freePort } from "../../../services/free-port.ts";
import { end, spawnTied } from "../../../services/spawn-tied.ts";

const LOOK_MS = 200;
const RUNTIME = "org.apache.flink.runtime";
/** Two jobs of two slots each: one TaskManager has room for what the other one did. */
const SLOTS = 4;

/** It. */
export interface Cluster {
  rest: FlinkRest;
  /** What goes before a job's SQL, so that it runs there. */
  settings: string;
  /** Starts one more TaskManager; resolves when the JobManager knows it. */
  addTaskManager(): Promise<ChildProcess>;
  stop(): Promise<void>;
}

/** Starts a JobManager, from the jars of a folder. */
export async function startCluster(lib: string): Promise<Cluster> {
  const folder = await mkdtemp(join(tmpdir(), "sightline-cluster-"));
  const [rpc, restPort] = [await freePort(), await freePort()];
  await writeFile(join(folder, "config.yaml"), yaml({ ...JOB_MANAGER, "jobmanager.rpc.port": rpc, "rest.port": restPort }));
  const started: ChildProcess[] = [];
  const start = (main: string, heapMb: number): ChildProcess => {
    const java = [`-Xmx${heapMb}m`, ...SHORT_RUN.split(" "), ...JVM_OPTIONS, "-cp", `${lib}/*`, main, "--configDir", folder];
    const child = spawnTied("java", java, { stdio: ["ignore", "ignore", "inherit"] });
    started.push(child);
    return child;
  };
  start(`${RUNTIME}.entrypoint.StandaloneSessionClusterEntrypoint`, 400);
  const rest = flinkRest(restPort);
  const taskManagers = (): Promise<string[]> => rest.taskManagers().catch(() => []);
  return {
    rest,
    settings: `SET 'execution.target' = 'remote';\nSET 'rest.address' = '127.0.0.1';\nSET 'rest.port' = '${restPort}';\n`,
    async addTaskManager() {
      const before = await taskManagers();
      const child = start(`${RUNTIME}.taskexecutor.TaskManagerRunner`, 500);
      while (!(await taskManagers()).some((id) => !before.includes(id))) {
        if (child.exitCode !== null) throw new Error(`expected a TaskManager that goes on, got exit code ${child.exitCode}`);
        await sleep(LOOK_MS);
      }
      return child;
    },
    async stop() {
      await Promise.all(started.map((child) => end(child, "SIGKILL")));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Without Flink's start scripts, which would work the memory out, each part of it has to be said. */
const JOB_MANAGER = {
  "jobmanager.rpc.address": "127.0.0.1",
  "jobmanager.bind-host": "127.0.0.1",
  "rest.address": "127.0.0.1",
  "rest.bind-address": "127.0.0.1",
  "taskmanager.host": "127.0.0.1",
  "taskmanager.bind-host": "127.0.0.1",
  "taskmanager.numberOfTaskSlots": SLOTS,
  // Else all tasks go to the one that came first, and killing the other one shows nothing.
  "taskmanager.load-balance.mode": "SLOTS",
  "taskmanager.cpu.cores": 1,
  "taskmanager.memory.framework.heap.size": "128m",
  "taskmanager.memory.task.heap.size": "372m",
  "taskmanager.memory.framework.off-heap.size": "64m",
  "taskmanager.memory.task.off-heap.size": "64m",
  "taskmanager.memory.network.min": "64m",
  "taskmanager.memory.network.max": "64m",
  "taskmanager.memory.managed.size": "64m",
  "taskmanager.memory.jvm-metaspace.size": "256m",
  "taskmanager.memory.jvm-overhead.min": "128m",
  "taskmanager.memory.jvm-overhead.max": "128m",
  "heartbeat.interval": 1_000,
  "heartbeat.timeout": 6_000,
  "metrics.fetcher.update-interval": 1_000,
};

const yaml = (values: Record<string, string | number>): string =>
  Object.entries(values)
    .map(([key, value]) => `${key}: ${value}\n`)
    .join("");
