import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** Files at a time. This suite is made for machines of two cores: more files would only wait for each other. */
const WORKERS = Math.min(Math.max(availableParallelism(), 2), 4);

interface Kind {
  include: string[];
  exclude?: string[];
  /** A test that takes longer has failed. */
  seconds: number;
  /** Whether it measures time, and so must have the machine to itself. */
  alone?: boolean;
  retry?: number;
}

/** One project a kind of test, told apart by the file's name. */
const kind = (name: string, { include, exclude = [], seconds, alone = false, retry = 0 }: Kind) => ({
  // The types that the stack of `npm start` has, which wrangler.toml's [alias] names.
  resolve: { alias: { "sightline:project-events": fileURLToPath(new URL("examples/meal-planner/index.ts", import.meta.url)) } },
  test: {
    name,
    include,
    exclude: ["**/node_modules/**", ...exclude],
    testTimeout: seconds * 1000,
    hookTimeout: 120_000,
    // Kinds of one order share the workers, so that a file that waits leaves its core to another.
    maxWorkers: alone ? 1 : WORKERS,
    sequence: { groupOrder: alone ? 2 : 1 },
    retry,
    globalSetup: "./test/services/setup.ts",
  },
});

const BROWSER = "test/**/*.browser.test.ts";
/** Browser tests of how long something is in view, and of what is done about that in the second. */
const TIMED = [
  "test/client/exposure*.browser.test.ts",
  "test/client/dom/items.browser.test.ts",
  "test/client/react/use-exposure.browser.test.ts",
];
// What a browser does in time is at the mercy of a shared machine: a test that fails is tried once more, and both are told.
const browser = { seconds: 90, retry: 1 };

const PROCESS = "test/**/*.process.test.ts";
const WORKERD = "test/**/*.workerd.test.ts";
const KAFKA = "test/**/*.kafka.test.ts";
const SERVERS = [BROWSER, WORKERD, KAFKA];
const WHOLE = ["test/faults/**", "test/e2e/**"];

export default defineConfig({
  test: {
    reporters: ["default", "./test/reporter.ts"],
    projects: [
      // Comes first: it needs most of what is started for the run, so that all of that starts at once.
      kind("e2e", { include: ["test/e2e/**/*.test.ts"], seconds: 240 }),
      // A property over hundreds of cases takes a second here, and many on a machine that others use.
      kind("unit", { include: ["test/**/*.test.ts"], exclude: [...SERVERS, ...WHOLE, PROCESS], seconds: 60 }),
      kind("process", { include: [PROCESS], exclude: SERVERS, seconds: 60 }),
      kind("workerd", { include: [WORKERD], seconds: 60 }),
      kind("browser", { ...browser, include: [BROWSER], exclude: TIMED }),
      kind("browser-timed", { ...browser, include: TIMED, alone: true }),
      kind("kafka", { include: [KAFKA], seconds: 120 }),
      kind("faults", { include: ["test/faults/**/*.test.ts"], seconds: 180 }),
    ],
  },
});
