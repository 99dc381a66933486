import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/**
 * One project a kind of test, told apart by the file's name. Kinds that start servers run one file at a time: this suite is made for
 * machines of two cores.
 */
const kind = (name: string, include: string[], seconds: number, exclude: string[] = []) => ({
  // The types that the stack of `npm start` has, which wrangler.toml's [alias] names.
  resolve: { alias: { "sightline:project-events": fileURLToPath(new URL("examples/meal-planner/index.ts", import.meta.url)) } },
  test: {
    name,
    include,
    exclude: ["**/node_modules/**", ...exclude],
    testTimeout: seconds * 1000,
    hookTimeout: 120_000,
    fileParallelism: name === "unit",
    // What a browser does in time is at the mercy of a shared machine: a test that fails is tried once more, and both are told.
    retry: name === "browser" ? 1 : 0,
    ...(["kafka", "e2e", "faults"].includes(name) ? { globalSetup: "./test/services/kafka.ts" } : {}),
  },
});

const servers = [
  "test/faults/**",
  "test/**/*.workerd.test.ts",
  "test/**/*.browser.test.ts",
  "test/**/*.kafka.test.ts",
  "test/e2e/**",
];

export default defineConfig({
  test: {
    reporters: ["default", "./test/reporter.ts"],
    projects: [
      kind("unit", ["test/**/*.test.ts"], 20, servers),
      kind("workerd", ["test/**/*.workerd.test.ts"], 60),
      kind("browser", ["test/**/*.browser.test.ts"], 90),
      kind("kafka", ["test/**/*.kafka.test.ts"], 120),
      kind("faults", ["test/faults/**/*.test.ts"], 180),
      kind("e2e", ["test/e2e/**/*.test.ts"], 240),
    ],
  },
});
