/** Whatever the tests start ends with them, also where they are interrupted. */
import { once } from "node:events";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { describe, expect, test, vi } from "vitest";
import { chromiumService } from "./chromium.ts";
import { familyOf, isAlive } from "./family.ts";
import { spawnTied } from "./spawn-tied.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const VITEST = fileURLToPath(new URL("vitest.mjs", import.meta.resolve("vitest/package.json")));
/** A file with a browser and a collector, and parts of the command lines of what it needs. */
const FILE = "test/client/delivery.browser.test.ts";
const SERVERS = [/chrom/, /workerd serve/];
/** A second run of vitest, on machines of two cores that have much else to do. */
const PATIENCE = 120_000;

const missing = "missing" in (await chromiumService());

/** Runs it, until all that it needs is there; returns what there is. */
async function start() {
  // Without what vitest tells its workers of itself.
  const env = Object.entries(process.env).filter(([name]) => !/^(VITEST|TEST$|NODE_ENV)/.test(name));
  const run = spawnTied(process.execPath, [VITEST, "run", FILE], {
    cwd: ROOT,
    env: Object.fromEntries(env),
    stdio: ["ignore", "pipe", "pipe"],
  });
  run.stdout.resume();
  run.stderr.resume();
  const family = await vi.waitFor(() => {
    const all = familyOf(run.pid ?? 0);
    for (const server of SERVERS) expect(all.map(({ command }) => command)).toContainEqual(expect.stringMatching(server));
    return all;
  }, PATIENCE);
  return { run, family };
}

describe.skipIf(missing)("what tests have started", () => {
  test("ends when they are interrupted: browsers and collectors", { timeout: 2 * PATIENCE }, async () => {
    const { run, family } = await start();
    run.kill("SIGINT");
    const left = () => family.filter(({ pid }) => isAlive(pid)).map(({ command }) => command);
    await vi.waitFor(() => expect(left()).toEqual([]), 30_000);
  });
});

test.skipIf(process.platform !== "linux")(
  "a process that is tied ends with one that is killed, as a broker does with its run",
  async () => {
    const module = JSON.stringify(new URL("spawn-tied.ts", import.meta.url).href);
    const script = `import { spawnTied } from ${module}; console.log(spawnTied("sleep", ["600"], { stdio: "ignore" }).pid);`;
    const run = spawnTied(process.execPath, ["--no-warnings", "--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    const [said] = (await once(run.stdout, "data")) as [Buffer];
    const pid = Number(said.toString());
    expect(isAlive(pid)).toBe(true);
    run.kill("SIGKILL");
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), 10_000);
  },
);
