/**
 * A real Postgres on a free port, in a temporary folder: one a run, with a database for each test file that asks for one. It does not
 * fsync: what the tests kill is what talks to it, and not the server.
 */
import { type ChildProcess, execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, globSync } from "node:fs";
import { chown, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { Client } from "pg";
import { freePort } from "./free-port.ts";
import { installPackages, say } from "./machine.ts";
import { end, spawnTied } from "./spawn-tied.ts";

const run = promisify(execFile);

/** What the run has: a server, as the address of its database `postgres`, or the reason why there is none. */
export type PostgresService = { url: string } | { missing: string };

/** Starts one; a reason where it cannot be had, and an error then with SIGHTLINE_REQUIRE_SERVICES=1. */
export async function obtainPostgres(): Promise<PostgresService & { stop?: () => Promise<void> }> {
  try {
    return await startPostgres();
  } catch (error) {
    const missing = `Postgres cannot be had here: ${(error as Error).message.split("\n", 1)[0]}`;
    if (process.env["SIGHTLINE_REQUIRE_SERVICES"] === "1") throw new Error(missing, { cause: error });
    say(missing);
    return { missing };
  }
}

/** Starts a server; `stop` ends it and removes its data. Throws an Error that says what is missing. */
export async function startPostgres(): Promise<{ url: string; stop: () => Promise<void> }> {
  const bin = await serverPrograms();
  const folder = await mkdtemp(join(tmpdir(), "sightline-postgres-"));
  try {
    const as = await otherThanRoot(folder);
    const data = join(folder, "data");
    const initdb = [join(bin, "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"];
    await run(...command([...as, ...initdb]), { cwd: folder });
    const port = await freePort();
    const options = Object.entries({
      port,
      listen_addresses: "127.0.0.1",
      unix_socket_directories: folder,
      max_connections: 200,
      fsync: "off",
      full_page_writes: "off",
    }).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    const server = spawnTied(...command([...as, join(bin, "postgres"), "-D", data, ...options]), {
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"],
    });
    await ready(server);
    return {
      url: `postgres://postgres@127.0.0.1:${port}/postgres`,
      async stop() {
        // Its immediate shutdown, which leaves nothing behind; SIGKILL would leave a segment of shared memory.
        await end(server, "SIGQUIT");
        await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

const command = ([program, ...args]: string[]): [string, string[]] => [program!, args];

const installed = (): string[] => globSync("/usr/{lib/postgresql/*,local,pgsql*}/bin/initdb");

/** The folder of the newest server's programs. */
async function serverPrograms(): Promise<string> {
  if (installed().length === 0) {
    // Debian's package makes a cluster and starts it, unless it is told not to.
    const settings = "/etc/postgresql-common/createcluster.d";
    if (process.getuid?.() === 0 && existsSync("/etc/debian_version")) {
      await mkdir(settings, { recursive: true });
      await writeFile(join(settings, "no-main.conf"), "create_main_cluster = false\n");
    }
    await installPackages("a Postgres server", ["postgresql"]);
  }
  const [newest] = installed().toSorted((a, b) => b.localeCompare(a, "en", { numeric: true }));
  if (newest === undefined) throw new Error("no initdb in /usr/lib/postgresql");
  return dirname(newest);
}

/** What to put before a command so that it does not run as root, which Postgres refuses; the folder is that user's. */
async function otherThanRoot(folder: string): Promise<string[]> {
  if (process.getuid?.() !== 0) return [];
  const { stdout } = await run("id", ["-u", "postgres"]);
  const { stdout: group } = await run("id", ["-g", "postgres"]);
  const [uid, gid] = [Number(stdout), Number(group)];
  await chown(folder, uid, gid);
  // The kernel forgets the tie to the parent when the user changes.
  return ["setpriv", `--reuid=${uid}`, `--regid=${gid}`, "--clear-groups", "--pdeathsig", "KILL"];
}

/** Resolves when the server says that it serves. */
async function ready(server: ChildProcess): Promise<void> {
  let said = "";
  await new Promise<void>((resolve, reject) => {
    // Read to its end: a server whose pipe is full stands still.
    server.stderr!.on("data", (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-4096);
      if (said.includes("ready to accept connections")) resolve();
    });
    server.stdout!.resume();
    server.once("error", reject);
    server.once("exit", (code) => reject(new Error(`postgres ended with ${code} before it served: ${said}`)));
  });
}

/** Makes an empty database on the server at `url`; resolves with its address. It is gone with the server. */
export async function freshDatabase(url: string): Promise<string> {
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(`CREATE DATABASE ${name}`).finally(() => client.end());
  return Object.assign(new URL(url), { pathname: `/${name}` }).href;
}
