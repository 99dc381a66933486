/**
 * Google's Pub/Sub server for tests, pstest: in memory, on a free port. A small program of ours in Go serves it, built once a version into a cache
 * outside the repo; docs/clouds.md says what it does not show.
 */
import { existsSync } from "node:fs";
import { createHash } from "node:crypto";
import { execFile, spawn } from "node:child_process";
import { mkdir, readFile, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { has, say } from "./machine.ts";
import { end } from "./spawn-tied.ts";

const SOURCE = fileURLToPath(new URL("pstest/", import.meta.url));
const run = promisify(execFile);

/** What the run has: host:port for PUBSUB_ENDPOINT, or the reason why there is none. */
export type PstestService = { address: string } | { missing: string };

/** Starts one; a reason where it cannot be had, and an error then with SIGHTLINE_REQUIRE_SERVICES=1. */
export async function obtainPstest(): Promise<PstestService & { stop?: () => Promise<void> }> {
  try {
    return await startPstest();
  } catch (error) {
    const missing = `pstest cannot be had here: ${(error as Error).message.split("\n", 1)[0]}`;
    if (process.env["SIGHTLINE_REQUIRE_SERVICES"] === "1") throw new Error(missing, { cause: error });
    say(missing);
    return { missing };
  }
}

async function startPstest() {
  // It ends when its input does, so also where this process is killed.
  const server = spawn(await program(), { stdio: ["pipe", "pipe", "inherit"] });
  const address = await new Promise<string>((resolve, reject) => {
    createInterface({ input: server.stdout }).once("line", resolve);
    server.once("error", reject);
    server.once("exit", (code) => reject(new Error(`pstest ended with ${code} before it served`)));
  });
  return { address: address.replace("[::]", "127.0.0.1"), stop: () => end(server, "SIGKILL") };
}

/** The program, built where it was not yet. Throws an Error that says what is missing. */
async function program(): Promise<string> {
  if (!(await has("go"))) throw new Error("go is missing");
  const files = await Promise.all(["go.mod", "go.sum", "main.go"].map((name) => readFile(join(SOURCE, name))));
  const hash = createHash("sha256");
  for (const file of files) hash.update(file);
  const cache = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "sightline");
  const built = join(cache, `pstest-${hash.digest("hex").slice(0, 12)}`);
  if (existsSync(built)) return built;
  await mkdir(cache, { recursive: true });
  const fresh = `${built}.${process.pid}`;
  try {
    say(`building pstest from the Go module proxy into ${built}`);
    const env = { ...process.env, CGO_ENABLED: "0", GOFLAGS: "-mod=readonly" };
    await run("go", ["build", "-o", fresh, "."], { cwd: SOURCE, env, maxBuffer: 1 << 26 });
    // Renamed only when whole.
    await rename(fresh, built);
  } finally {
    await rm(fresh, { force: true });
  }
  return built;
}
