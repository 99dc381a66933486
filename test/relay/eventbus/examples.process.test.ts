import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, inject, test } from "vitest";
import { runExample } from "./example-process.ts";

const run = promisify(execFile);
const redis = inject("redis");

test("the example of a subscriber to the local bus says what the relay put there, and ends in order", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sightline-example-"));
  try {
    const event = { event_type: "exposure", id: "e-1", occurred_at: "2026-01-01T00:00:00.000Z" };
    const said = await runExample("local", { DATA_DIR: folder }, "rec.exposure.recorded.v1", event);
    expect(said).toBe("2026-01-01T00:00:00.000Z e-1");
  } finally {
    await rm(folder, { recursive: true });
  }
});

test.skipIf("missing" in redis)("the example of a subscriber to redis says what comes, filtered", async () => {
  const env = { REDIS_URL: "url" in redis ? redis.url : "" };
  const event = { event_type: "PriceUpdated", symbol: "AAPL", price: 150.25 };
  expect(await runExample("redis", env, "realtime.price-updates", event)).toBe("AAPL 150.25");
});

test("the samples of docs/eventbus.md run as they stand", async () => {
  const page = await readFile("docs/eventbus.md", "utf8");
  const samples = [...page.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code = ""]) => code);
  expect(samples).toHaveLength(2);
  const [first, tests] = await Promise.all(
    samples.map((code) =>
      run("node", ["--input-type=module-typescript", "-e", code], { env: { ...process.env, EVENT_PUBLISHER: "memory" } }),
    ),
  );
  expect(first?.stderr).toBe("");
  expect(tests?.stdout).toMatch(/event_type: 'PriceUpdated',[\s\S]*price: 150.25/);
});
