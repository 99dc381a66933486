import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { cpuMs } from "./process-stats.ts";
import { end, spawnTied } from "./spawn-tied.ts";

/** A Worker as workerd takes it. */
export interface WorkerSource {
  code: string;
  compatibilityDate: string;
  compatibilityFlags: readonly string[];
}

/** A running workerd with one Worker, and nothing around it: none of miniflare's emulators. */
export interface Workerd {
  pid: number;
  /** On 127.0.0.1. */
  port: number;
  /** Of the inspector; absent where it was not asked for. */
  inspectorPort: number | undefined;
  /** Milliseconds of CPU that all its threads have had, in user space and in the kernel. Linux alone can say. */
  cpuMs(): number;
  close(): Promise<void>;
}

/** Starts workerd; resolves when it takes requests. Rejects with what workerd says where the Worker does not start. */
export async function startWorkerd(source: WorkerSource, { inspect = false } = {}): Promise<Workerd> {
  const { default: command } = createRequire(import.meta.resolve("miniflare"))("workerd") as { default: string };
  const folder = mkdtempSync(join(tmpdir(), "sightline-workerd-"));
  writeFileSync(join(folder, "worker.js"), source.code);
  writeFileSync(join(folder, "config.capnp"), config(source));
  const inspector = inspect ? ["--inspector-addr=127.0.0.1:0"] : [];
  const args = ["serve", "--control-fd=3", ...inspector, join(folder, "config.capnp")];
  const child = spawnTied(command, args, { stdio: ["ignore", "inherit", "pipe", "pipe"] });
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (said += text));
  const ports = await listening(child, inspect ? ["http", "inspector"] : ["http"])
    .catch((cause: unknown) => {
      throw new Error(`workerd does not start: ${said}`, { cause });
    })
    .finally(() => rmSync(folder, { recursive: true }));
  // Not by pipe, which puts listeners on stderr for each one that runs.
  child.stderr?.removeAllListeners("data").on("data", (text: string) => process.stderr.write(text));
  const { pid = 0 } = child;
  return {
    pid,
    port: ports.get("http") ?? 0,
    inspectorPort: ports.get("inspector"),
    cpuMs: () => cpuMs(pid),
    close: () => end(child, "SIGKILL"),
  };
}

function config({ compatibilityDate, compatibilityFlags }: WorkerSource): string {
  const flags = compatibilityFlags.map((flag) => JSON.stringify(flag)).join(", ");
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "worker", worker = .worker),
    # The network that the Worker fetches from: this machine's alone.
    (name = "internet", network = (allow = ["private"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "worker")],
);
const worker :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js")],
  compatibilityDate = "${compatibilityDate}",
  compatibilityFlags = [${flags}],
);
`;
}

/** The ports that workerd tells of, a line of JSON each, by the socket's name. */
async function listening(child: ChildProcess, names: readonly string[]): Promise<Map<string, number>> {
  const ports = new Map<string, number>();
  for await (const line of createInterface(child.stdio[3] as Readable)) {
    const { event, socket, port } = JSON.parse(line) as { event: string; socket?: string; port: number };
    ports.set(socket ?? event, port);
    if (event === "listen-inspector") ports.set("inspector", port);
    if (names.every((name) => ports.has(name))) return ports;
  }
  throw new Error("workerd ended before it listened");
}
