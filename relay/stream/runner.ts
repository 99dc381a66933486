/** Runs SQL in a JVM on this machine: Flink's own MiniCluster, begun by stream/runner/SqlRunner.java. */
import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, globSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { statementsOf } from "./statements.ts";

const RUNNER = fileURLToPath(new URL("../../stream/runner/SqlRunner.java", import.meta.url));
const LOGGING = fileURLToPath(new URL("../../stream/runner/log4j2.properties", import.meta.url));

/** What Flink's own start script opens for Java 17. */
const OPENS = ["lang", "util", "time", "net", "nio", "util.concurrent"].map(
  (name) => `--add-opens=java.base/java.${name}=ALL-UNNAMED`,
);

/** What every JVM of Flink is told here: what to say, and what Java 17 has to open. */
export const JVM_OPTIONS: readonly string[] = [
  // Nobody waits for a single event, and the default collector takes a tenth more of the CPU.
  "-XX:+UseParallelGC",
  `-Dlog4j2.configurationFile=${LOGGING}`,
  "--add-exports=java.base/sun.net.util=ALL-UNNAMED",
  ...OPENS,
];

/** Most of the heap is for state: what outlives one collection stays for days, and is copied no second time. */
const STATE_OPTIONS = ["-XX:NewRatio=4", "-XX:MaxTenuringThreshold=1", "-XX:MetaspaceSize=128m"];

const run = promisify(execFile);

/** What to run, and where. */
export interface Run {
  /** Folder of the jars. */
  lib: string;
  /** The SQL of each job. */
  scripts: readonly string[];
  heapMb: number;
  /** More of the JVM's environment, such as PGPASSFILE. */
  env: NodeJS.ProcessEnv;
  /** Ends the jobs; what they did since their last checkpoint is done again by the next run. */
  signal: AbortSignal;
  /** Hears what the JVM says: results of EXPLAIN on stdout, the log on stderr. */
  said: (line: string) => void;
  /** Hears the id of the JVM's process. */
  started?: (pid: number) => void;
}

/** Resolves with the exit code when all jobs have ended: 0, or 1 where one has failed. */
export async function runSql({ lib, scripts, heapMb, env, signal, said, started }: Run): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "sightline-stream-"));
  try {
    const files = scripts.map((_, n) => join(folder, `${n}.sql`));
    // Statements are told apart here, so that the runner needs no parser.
    await Promise.all(scripts.map((script, n) => writeFile(files[n]!, statementsOf(script).join("\0"), { mode: 0o600 })));
    const path = [await compiledRunner(lib), ...globSync(join(lib, "*.jar"))].join(delimiter);
    const heap = [`-Xms${heapMb}m`, `-Xmx${heapMb}m`, ...STATE_OPTIONS];
    const child = spawn("java", [...heap, ...JVM_OPTIONS, "-cp", path, "SqlRunner", ...files], {
      env: { ...process.env, ...env },
      stdio: ["pipe", "pipe", "pipe"],
    });
    if (child.pid !== undefined) started?.(child.pid);
    const stop = (): void => void child.kill("SIGTERM");
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    for (const input of [child.stdout, child.stderr]) createInterface({ input }).on("line", said);
    return await new Promise((resolve, reject) => {
      child.once("error", (error) => reject(new Error(`expected Java 17 on this machine: ${error.message}`, { cause: error })));
      child.once("close", (code) => resolve(signal.aborted || code === 0 ? 0 : 1));
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The folder of the compiled runner, in the cache beside the jars, once for each text of it. */
async function compiledRunner(lib: string): Promise<string> {
  const hash = createHash("sha256").update(readFileSync(RUNNER)).digest("hex").slice(0, 16);
  const folder = join(`${lib}-runner`, hash);
  if (existsSync(folder)) return folder;
  await mkdir(`${lib}-runner`, { recursive: true });
  const fresh = await mkdtemp(join(`${lib}-runner`, "fresh-"));
  const [compiler] = globSync(join(lib, "ecj-*.jar"));
  const jars = globSync(join(lib, "flink-*.jar")).join(delimiter);
  const options = ["-nowarn", "-cp", jars, "-d", fresh, RUNNER];
  if (compiler === undefined) await run("javac", ["--release", "17", ...options]);
  else await run("java", ["-jar", compiler, "-17", ...options]);
  // Another run may have been faster.
  await rename(fresh, folder).catch(() => rm(fresh, { recursive: true, force: true }));
  return folder;
}
