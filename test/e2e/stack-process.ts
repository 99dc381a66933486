/** `npm start` as a user has it: a process of its own, in a process group of its own, like a terminal's foreground job. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Envelope } from "../../worker/src/envelope/envelope.ts";
import { readStackFile, type StackFile } from "../../relay/cli/lib/stack-file.ts";
import { createLocalBus } from "../../relay/bus/adapters/local/local.ts";
import { familyOf } from "../services/family.ts";
import { spawnTied } from "../services/spawn-tied.ts";
import { ENVELOPE_TYPES } from "../../relay/bus/port/topics.ts";

/** Root of the repository. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

const START = fileURLToPath(new URL("../../demo/start.ts", import.meta.url));

/** A new folder for a stack's data, and what removes it. */
export function dataFolder(): { dataDir: string; remove: () => void } {
  const dataDir = mkdtempSync(join(tmpdir(), "sightline-stack-"));
  return { dataDir, remove: () => rmSync(dataDir, { recursive: true, force: true }) };
}

/** A started process; it may not be ready yet. */
export interface StackProcess {
  pid: number;
  stdout(): string;
  stderr(): string;
  /** The exit code, or the signal that ended it. */
  exited: Promise<number | NodeJS.Signals>;
  /** Resolves with the three lines once they are there; rejects where the process ends before. */
  ready: Promise<string[]>;
  /** What the stack has written down about itself. */
  file(): StackFile;
  /** Ctrl-C, as a terminal sends it: to every process of the group. */
  interrupt(): void;
  /** Process ids of it and of all that it has started. */
  family(): number[];
  /** Ctrl-C, and the exit code. */
  stop(): Promise<number | NodeJS.Signals>;
}

/** Starts a stack on `dataDir`, on any free ports unless `env` says otherwise. */
export function spawnStack(
  dataDir: string,
  env: NodeJS.ProcessEnv = {},
  command: string[] = [process.execPath, START],
): StackProcess {
  const [program = "", ...args] = command;
  const child = spawnTied(program, args, {
    cwd: ROOT,
    env: {
      ...process.env,
      EVENT_PUBLISHER: "local",
      SHOP_PORT: "0",
      RELAY_PORT: "0",
      COLLECTOR_PORT: "0",
      DATA_DIR: dataDir,
      ...env,
    },
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const pid = child.pid ?? 0;
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  const exited = once(child, "exit").then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
  const interrupt = (): void => void process.kill(-pid, "SIGINT");
  return {
    pid,
    stdout,
    stderr,
    exited,
    ready: ready(child, stdout, stderr),
    file() {
      const file = readStackFile(dataDir);
      if (!file) throw new Error(`expected a stack.json in ${dataDir}`);
      return file;
    },
    interrupt,
    family: () => familyOf(pid).map((member) => member.pid),
    stop() {
      if (child.exitCode === null && child.signalCode === null) interrupt();
      return exited;
    },
  };
}

/** Every envelope on a stack's local bus. */
export async function readBus(dataDir: string): Promise<Envelope[]> {
  const bus = createLocalBus({ dataDir, dlqSuffix: ".dlq" });
  const envelopes: Envelope[] = [];
  for await (const { value } of bus.read({ topics: [...ENVELOPE_TYPES] }))
    envelopes.push(JSON.parse(value.toString()) as Envelope);
  return envelopes;
}

function collect(stream: NodeJS.ReadableStream): () => string {
  let text = "";
  stream.on("data", (chunk: Buffer) => (text += chunk.toString()));
  return () => text;
}

function ready(child: ChildProcess, stdout: () => string, stderr: () => string): Promise<string[]> {
  const lines = new Promise<string[]>((resolve, reject) => {
    child.stdout?.on("data", () => {
      const got = stdout()
        .split("\n")
        .filter((line) => /^(shop|live|collector) http/.test(line));
      if (got.length === 3) resolve(got);
    });
    child.once("exit", (code) => reject(new Error(`the stack ended with ${code} before it was ready:\n${stderr()}`)));
  });
  // A test that expects the end does not await this.
  lines.catch(() => {});
  return lines;
}
