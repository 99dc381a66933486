import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { unstable_readConfig as readConfig } from "wrangler";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const CONFIG = join(ROOT, "wrangler.toml");
const WRANGLER = fileURLToPath(import.meta.resolve("wrangler").replace(/wrangler-dist.*$/, "bin/wrangler.js"));
/** Two builds by a tool of 300,000 lines, on machines of two cores. */
const PATIENCE = 120_000;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sightline-deploy-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What a deploy would upload, and what it says of it. Rejects where the deploy would be refused. */
async function dryRun(environment: string) {
  const outdir = join(folder, environment || "default");
  const args = [WRANGLER, "deploy", "--dry-run", "--outdir", outdir, "--env", environment];
  const env = {
    PATH: process.env["PATH"],
    HOME: folder,
    XDG_CONFIG_HOME: folder,
    CI: "1",
    WRANGLER_SEND_METRICS: "false",
    NO_COLOR: "1",
  };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: ROOT, env });
  return { said: stdout + stderr, bundle: readFileSync(join(outdir, "index.js")) };
}

const bound = (said: string) =>
  said
    .match(/env\.\w+/g)
    ?.map((name) => name.slice(4))
    .toSorted() ?? [];

describe("wrangler deploy", () => {
  test("bundles the collector, which is at most 60 kB gzipped", { timeout: PATIENCE }, async () => {
    const { said, bundle } = await dryRun("");
    expect(said).not.toMatch(/WARNING/);
    expect(bound(said)).toEqual(expect.arrayContaining(["COUNTERS", "EVENTS", "KEY_LIMIT", "KEY_STORE", "REJECTS", "RELAY_URL"]));
    expect(gzipSync(bundle, { level: 9 }).byteLength).toBeLessThanOrEqual(60_000);
  });

  test("of the environment for pull mode binds the same, without warnings", { timeout: PATIENCE }, async () => {
    const { said } = await dryRun("pull");
    expect(said).not.toMatch(/WARNING/);
    expect(bound(said)).toEqual(expect.arrayContaining(["COUNTERS", "EVENTS", "KEY_LIMIT", "KEY_STORE", "REJECTS"]));
    expect(said).toMatch(/env\.KEYS \("\{\}"\)/);
  });
});

interface Consumer {
  queue: string;
  dead_letter_queue?: string;
  max_retries?: number;
}

describe("wrangler.toml", () => {
  const own = readConfig({ config: CONFIG });
  const pull = readConfig({ config: CONFIG, env: "pull" });

  test("retries 100 times, and every queue's last resort is the one that nobody consumes", () => {
    const consumers = (own.queues.consumers ?? []) as Consumer[];
    const next = new Map(consumers.map(({ queue, dead_letter_queue }) => [queue, dead_letter_queue]));
    expect(consumers.map(({ max_retries }) => max_retries)).toEqual([100, 100, 100, 100]);
    for (const { queue } of own.queues.producers ?? []) {
      const dlq = next.get(queue) ?? "";
      expect([dlq, next.get(dlq), next.has("sightline-parked")]).toEqual([`${queue}-dlq`, "sightline-parked", false]);
    }
  });

  test("gives a request 50 ms of CPU, and no queue a delivery_delay, which would do nothing", () => {
    expect(own.limits?.cpu_ms).toBe(50);
    for (const queue of [...(own.queues.producers ?? []), ...(own.queues.consumers ?? [])]) {
      expect(queue).not.toHaveProperty("delivery_delay");
    }
  });

  test("in pull mode has the same bindings and limits, and neither consumers nor keys for development", () => {
    for (const name of ["name", "alias", "limits", "kv_namespaces", "ratelimits", "analytics_engine_datasets"] as const) {
      expect([name, pull[name]]).toEqual([name, own[name]]);
    }
    expect(pull.queues.producers).toEqual(own.queues.producers);
    expect([pull.queues.consumers ?? [], pull.vars["KEYS"], pull.vars["RELAY_URL"]]).toEqual([[], "{}", ""]);
    expect(Object.keys(pull.vars).toSorted()).toEqual(Object.keys(own.vars).toSorted());
  });

  test("has no secret among its variables, and asks for the relay's token where it pushes", () => {
    expect(own.vars).not.toHaveProperty("RELAY_TOKEN");
    expect([own.secrets?.required, pull.secrets?.required]).toEqual([["RELAY_TOKEN"], []]);
  });
});
