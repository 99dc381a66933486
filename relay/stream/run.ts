/** Runs stream jobs on this machine, and goes on where they were. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BusConfig } from "../bus/settings.ts";
import { addressOf } from "./address.ts";
import { lastCheckpoint, markCheckpoints } from "./checkpoints.ts";
import type { JobName, Sink } from "./jobs.ts";
import { librariesAt } from "./libraries.ts";
import { kafkaOptionsOf, type Plan, requireSettings } from "./plan.ts";
import { createTables, createTopics, passwordFile } from "./prepare.ts";
import { renderJob } from "./render.ts";
import { runSql } from "./runner.ts";
import type { StreamOptions } from "./settings.ts";
import { quoted } from "./statements.ts";

/** What to run. */
export interface StreamRun {
  jobs: readonly { name: JobName; sinks: readonly Sink[] }[];
  plan: Plan;
  bus: BusConfig;
  options: Pick<StreamOptions, "databaseUrl" | "flinkLib" | "heapMb">;
  /** Begin at the beginning of the topics, whatever checkpoints there are; what reads once always does. */
  isFresh: boolean;
  /** Aborted: ends. What came after the last checkpoint is read again by the next run. */
  signal: AbortSignal;
  /** Hears what goes on, a line each. */
  say: (line: string) => void;
}

/** Resolves with the exit code when the jobs have ended: 1 where one failed. Rejects where they cannot begin. */
export async function runStream({ jobs, plan, bus, options, isFresh, signal, say }: StreamRun): Promise<number> {
  for (const { name, sinks } of jobs) requireSettings(plan, name, sinks);
  const lib = await librariesAt(options.flinkLib, say);
  await createTopics(bus);
  if (jobs.some(({ sinks }) => sinks.includes("postgres"))) await createTables(options.databaseUrl!);
  const folder = await mkdtemp(join(tmpdir(), "sightline-stream-"));
  try {
    // What reads once keeps no checkpoint and goes on at none: a bounded job that does so at one of its end never ends (FLINK-31006).
    // Those of a run without an end stay as they are.
    const checkpoints = plan.isOnce === true ? addressOf(join(folder, "checkpoints")) : plan.checkpoints;
    const scripts: string[] = [];
    for (const { name, sinks } of jobs) {
      const sql = renderJob(name, sinks, { ...plan, checkpoints });
      const from = isFresh ? undefined : lastCheckpoint(checkpoints, name, sql);
      say(from === undefined ? `${name}: from the beginning of the topics` : `${name}: goes on at ${from}`);
      await markCheckpoints(checkpoints, name, sql);
      scripts.push(from === undefined ? sql : `SET 'execution.state-recovery.path' = ${quoted(from)};\n${sql}`);
    }
    const env = {
      ...(await passwordFile(options.databaseUrl, folder)),
      KAFKA_SASL_PASSWORD: kafkaOptionsOf(bus)?.saslPassword ?? "",
    };
    const names = jobs.map(({ name }) => name);
    // Jobs are begun one after the other, in this order.
    const said = (line: string): void => say(/^job \w+$/.test(line) ? `${names.shift()}: runs as ${line}` : line);
    return await runSql({ lib, scripts, heapMb: options.heapMb, env, signal, said });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
