/**
 * A real Redis, from the redis-server that the machine has: a process on a free port of 127.0.0.1, everything in a temporary folder, with
 * an append-only file that is written at once. It can be killed and started again on the same data.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./free-port.ts";
import { has, say } from "./machine.ts";
import { end, spawnTied } from "./spawn-tied.ts";

/** A running server. */
export interface RedisServer {
  /** Address, for REDIS_URL. */
  url: string;
  /** Starts it on the data that it had; resolves when it serves. */
  start(): Promise<void>;
  /** Ends the process at once, as a crash does. */
  kill(): Promise<void>;
  /** Stops and goes on, as a machine does that hangs. */
  signal(signal: "SIGSTOP" | "SIGCONT"): void;
  /** Ends it and deletes its data. */
  stop(): Promise<void>;
}

/** What the run has: the server, or the reason why there is none. */
export type RedisService = { url: string } | { missing: string };

/** Starts one for the whole run; a reason where it cannot be had, and an error then with SIGHTLINE_REQUIRE_SERVICES=1. */
export async function obtainRedis(): Promise<RedisService & { stop?: () => Promise<void> }> {
  try {
    return await startRedis();
  } catch (error) {
    const missing = `Redis cannot be had here: ${(error as Error).message}`;
    if (process.env["SIGHTLINE_REQUIRE_SERVICES"] === "1") throw new Error(missing, { cause: error });
    say(missing);
    return { missing };
  }
}

/** Starts one with `options` as of the command line added. Throws an Error that says what is missing. */
export async function startRedis(options: string[] = []): Promise<RedisServer> {
  if (!(await has("redis-server"))) throw new Error("redis-server is missing (apt-get install redis-server)");
  const folder = await mkdtemp(join(tmpdir(), "sightline-redis-"));
  const port = await freePort();
  const files = ["--dir", folder, "--appendonly", "yes", "--appendfsync", "always", "--save", ""];
  const args = ["--bind", "127.0.0.1", "--port", String(port), "--daemonize", "no", ...files, ...options];
  let server: ReturnType<typeof spawnTied>;
  const start = async (): Promise<void> => {
    server = spawnTied("redis-server", args, { stdio: ["ignore", "pipe", "ignore"] });
    const said = server.stdout!;
    let text = "";
    await new Promise<void>((resolve, reject) => {
      // Read to its end: a server whose pipe is full stands still.
      said.on("data", (chunk: Buffer) => {
        text = (text + chunk.toString()).slice(-4096);
        if (text.includes("Ready to accept connections")) resolve();
      });
      server.once("error", reject);
      server.once("exit", (code) => reject(new Error(`redis-server ended with ${code}: ${text}`)));
    });
  };
  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    start,
    kill: () => end(server, "SIGKILL"),
    signal: (signal) => void server.kill(signal),
    async stop() {
      await end(server, "SIGKILL");
      await rm(folder, { recursive: true, force: true });
    },
  };
}
