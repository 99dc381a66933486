/**
 * A real RabbitMQ, from the rabbitmq-server that the machine has: a node of its own name, with a port mapper of its own, on free ports of 127.0.0.1, its files
 * and its cookie in a temporary folder, no plugins. It can be killed and started again on the same data.
 */
import { execFile } from "node:child_process";
import { globSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { freePort } from "./free-port.ts";
import { has, say } from "./machine.ts";
import { end, spawnTied } from "./spawn-tied.ts";

const run = promisify(execFile);

/** Where Debian puts it; its own command changes the user. */
const SCRIPTS = "/usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin";

/** A running server. */
export interface RabbitmqServer {
  /** Address, for RABBITMQ_URL. */
  url: string;
  /** Starts it on the data that it had; resolves when it serves. */
  start(): Promise<void>;
  /** Ends the process at once, as a crash does. */
  kill(): Promise<void>;
  /** Runs `rabbitmqctl` on it. */
  control(...args: string[]): Promise<void>;
  /** Ends it and deletes its data. */
  stop(): Promise<void>;
}

/** What the run has: the server, or the reason why there is none. */
export type RabbitmqService = { url: string } | { missing: string };

/** Starts one for the whole run; a reason where it cannot be had, and an error then with SIGHTLINE_REQUIRE_SERVICES=1. */
export async function obtainRabbitmq(): Promise<RabbitmqService & { stop?: () => Promise<void> }> {
  try {
    return await startRabbitmq();
  } catch (error) {
    const missing = `RabbitMQ cannot be had here: ${(error as Error).message.split("\n", 1)[0]}`;
    if (process.env["SIGHTLINE_REQUIRE_SERVICES"] === "1") throw new Error(missing, { cause: error });
    say(missing);
    return { missing };
  }
}

/** Starts one. Throws an Error that says what is missing. */
export async function startRabbitmq(): Promise<RabbitmqServer> {
  const scripts = globSync(SCRIPTS).at(-1);
  if (scripts === undefined || !(await has("epmd")))
    throw new Error("rabbitmq-server is missing (apt-get install rabbitmq-server)");
  const folder = await mkdtemp(join(tmpdir(), "sightline-rabbitmq-"));
  const [port, distribution, mapper] = [await freePort(), await freePort(), await freePort()];
  await writeFile(join(folder, "plugins"), "[].");
  await writeFile(join(folder, "env"), "");
  await writeFile(
    join(folder, "rabbitmq.conf"),
    [
      "log.console = true",
      "log.console.level = info",
      "log.file = false",
      "vm_memory_high_watermark.absolute = 1GB",
      "disk_free_limit.absolute = 50MB",
      "",
    ].join("\n"),
  );
  const env = {
    PATH: process.env["PATH"],
    LANG: "C.UTF-8",
    HOME: folder,
    ERL_EPMD_PORT: String(mapper),
    ERL_EPMD_ADDRESS: "127.0.0.1",
    RABBITMQ_NODENAME: `sightline-${port}@localhost`,
    RABBITMQ_NODE_IP_ADDRESS: "127.0.0.1",
    RABBITMQ_NODE_PORT: String(port),
    RABBITMQ_DIST_PORT: String(distribution),
    RABBITMQ_MNESIA_BASE: join(folder, "mnesia"),
    RABBITMQ_LOG_BASE: join(folder, "log"),
    RABBITMQ_CONFIG_FILE: join(folder, "rabbitmq.conf"),
    RABBITMQ_CONF_ENV_FILE: join(folder, "env"),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, "plugins"),
    RABBITMQ_PID_FILE: join(folder, "pid"),
    // Runs in the place of the script, so that what is killed is the server.
    RABBITMQ_ALLOW_INPUT: "1",
    // Schedulers that have nothing to do do not spin.
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS:
      "-noinput +S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none -kernel inet_dist_use_interface {127,0,0,1}",
  };
  const names = spawnTied("epmd", ["-port", String(mapper), "-address", "127.0.0.1"], { env, stdio: "ignore" });
  let server: ReturnType<typeof spawnTied>;
  const start = async (): Promise<void> => {
    server = spawnTied(join(scripts, "rabbitmq-server"), [], { env, stdio: ["ignore", "pipe", "ignore"] });
    let text = "";
    await new Promise<void>((resolve, reject) => {
      // Read to its end: a server whose pipe is full stands still.
      server.stdout?.on("data", (chunk: Buffer) => {
        text = (text + chunk.toString()).slice(-4096);
        if (text.includes("Server startup complete")) resolve();
      });
      server.once("error", reject);
      server.once("exit", (code) => reject(new Error(`rabbitmq-server ended with ${code}\n${text}`)));
    });
  };
  await start();
  return {
    url: `amqp://guest:guest@127.0.0.1:${port}`,
    start,
    kill: () => end(server, "SIGKILL"),
    async control(...args) {
      await run(join(scripts, "rabbitmqctl"), ["-n", env.RABBITMQ_NODENAME, ...args], { env });
    },
    async stop() {
      await end(server, "SIGKILL");
      await end(names, "SIGKILL");
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
