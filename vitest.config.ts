import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import MixedSequencer from "./test/sequencer.ts";

/** Files at a time. This suite is made for machines of two cores; two more than there are, since a file waits more than half of its time. */
const WORKERS = Math.min(Math.max(availableParallelism(), 2), 4) + 2;
/** Those that measure time: pages that wait for their second use next to nothing of a machine. */
const ALONE = 2;

interface Kind {
  include: string[];
  exclude?: string[];
  /** A test that takes longer has failed. */
  seconds: number;
  /** Whether it measures time, and so must have the machine to itself, or nearly. */
  alone?: boolean;
  /** Whether its files may share a process one after the other, which saves the start of it. */
  shared?: boolean;
  retry?: number;
}

/** One project a kind of test, told apart by the file's name. */
const kind = (name: string, { include, exclude = [], seconds, alone = false, shared = false, retry = 0 }: Kind) => ({
  // The types that the stack of `npm start` has, which wrangler.toml's [alias] names.
  resolve: { alias: { "sightline:project-events": fileURLToPath(new URL("examples/meal-planner/index.ts", import.meta.url)) } },
  test: {
    name,
    include,
    exclude: ["**/node_modules/**", ...exclude],
    testTimeout: seconds * 1000,
    hookTimeout: 120_000,
    // Kinds of one order share the workers, so that a file that waits leaves its core to another.
    maxWorkers: alone ? ALONE : WORKERS,
    sequence: { groupOrder: alone ? 2 : 1 },
    isolate: !shared,
    retry,
    globalSetup: "./test/services/setup.ts",
  },
});

const BROWSER = "test/**/*.browser.test.ts";
/** Browser tests that measure time: how long something was in view to the tenth of a second, and what looking costs. */
const TIMED = ["time", "seen", "content", "lists"].map((about) => `test/client/exposure-${about}.browser.test.ts`);
/**
 * What browsers and servers do in time is at the mercy of a shared machine: a test that fails is tried once more, and both are told. Not
 * where inputs are made at random (unit, workerd, faults): another seed would hide what the first one found.
 */
const RETRY = 1;
const browser = { seconds: 90, retry: RETRY };

const PROCESS = "test/**/*.process.test.ts";
const WORKERD = "test/**/*.workerd.test.ts";
const KAFKA = "test/**/*.kafka.test.ts";
const SERVERS = [BROWSER, WORKERD, KAFKA];
const WHOLE = ["test/faults/**", "test/e2e/**"];

export default defineConfig({
  test: {
    reporters: ["default", "./test/reporter.ts"],
    sequence: { sequencer: MixedSequencer },
    // What workers and the processes that they start compile is kept: there are hundreds of them, of the same modules.
    env: { NODE_COMPILE_CACHE: fileURLToPath(new URL("node_modules/.cache/node-compile", import.meta.url)) },
    projects: [
      // Comes first: it needs most of what is started for the run, so that all of that starts at once.
      kind("e2e", { include: ["test/e2e/**/*.test.ts"], seconds: 240, retry: RETRY }),
      // A property over hundreds of cases takes a second here, and many on a machine that others use.
      kind("unit", { include: ["test/**/*.test.ts"], exclude: [...SERVERS, ...WHOLE, PROCESS], seconds: 60, shared: true }),
      kind("process", { include: [PROCESS], exclude: SERVERS, seconds: 60, retry: RETRY }),
      kind("workerd", { include: [WORKERD], seconds: 60 }),
      kind("browser", { ...browser, include: [BROWSER], exclude: TIMED }),
      kind("browser-timed", { ...browser, include: TIMED, alone: true }),
      kind("kafka", { include: [KAFKA], seconds: 120, retry: RETRY }),
      kind("faults", { include: ["test/faults/**/*.test.ts"], seconds: 180 }),
    ],
  },
});
