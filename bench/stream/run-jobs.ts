/** Runs stream jobs over what is on the topics, to their end, and says what it took to read all of it. */
import { setInterval } from "node:timers";
import { runSql } from "../../relay/stream/runner.ts";
import { cpuMs, peakRssBytes } from "../../test/services/process-stats.ts";

const LOOK_MS = 200;
/** A reader has a part of a topic, and is through with it: lines of Flink's log, which cost nothing while it reads. */
const BEGINS = "Adding split(s) to reader";
const ENDS = "Finished reading split(s)";

/** What to run. */
export interface JobsRun {
  /** Folder of Flink's jars. */
  lib: string;
  /** The SQL of each job; each ends when all that is in the topics is read. */
  scripts: readonly string[];
  heapMb: number;
  /** More of the JVM's environment. */
  env?: NodeJS.ProcessEnv;
}

/** What it took. */
export interface JobsFigures {
  /** From the first part of a topic that a reader has to the last one that is read to its end. */
  ms: number;
  /** CPU of the whole JVM in that time. */
  cpuMs: number;
  /** Most memory of its process until it ended, bytes. */
  rss: number;
}

/** Runs them to their end. Throws where a job fails. */
export async function runJobs({ lib, scripts, heapMb, env = {} }: JobsRun): Promise<JobsFigures> {
  const said: string[] = [];
  const now = (): { at: number; cpu: number } => ({ at: performance.now(), cpu: cpuMs(pid) });
  let pid = 0;
  let rss = 0;
  let began: ReturnType<typeof now> | undefined;
  let ended = { at: Number.NaN, cpu: Number.NaN };
  const watch = setInterval(() => {
    if (pid !== 0) rss = Math.max(rss, peakRssBytes(pid));
  }, LOOK_MS);
  try {
    const code = await runSql({
      lib,
      scripts,
      heapMb,
      env: {
        ...env,
        JDK_JAVA_OPTIONS: `-Dsightline.sources=INFO ${env["JDK_JAVA_OPTIONS"] ?? process.env["JDK_JAVA_OPTIONS"] ?? ""}`,
      },
      signal: new AbortController().signal,
      said(line) {
        if (line.includes(BEGINS)) began ??= now();
        else if (line.includes(ENDS)) ended = now();
        else said.push(line);
      },
      started: (id) => void (pid = id),
    });
    if (code !== 0 || began === undefined)
      throw new Error(`expected jobs that end well, got ${code}: ${said.slice(-20).join("\n")}`);
    return { ms: ended.at - began.at, cpuMs: ended.cpu - began.cpu, rss };
  } finally {
    clearInterval(watch);
  }
}
