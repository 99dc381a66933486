import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { describe, expect, test } from "vitest";
import { fuzz } from "./fuzz/fuzz.ts";

/** Requests of one run: a whole number of what is sent at once. */
const RUNS = Number(process.env["SIGHTLINE_FUZZ_RUNS"] ?? 2_000);
/** Bytes of memory that workerd may hold after it all. */
const RESIDENT_BYTES = 300 * 1024 * 1024;
/** What has failed before; a run that fails adds itself. */
const FAILING = new URL("fuzz/failing-seeds.json", import.meta.url);

const failing = JSON.parse(readFileSync(FAILING, "utf8")) as { seed: number; path: string }[];

describe("requests of every kind", () => {
  test.for(failing)("that failed once, from seed $seed at $path, get a response by the contract", async ({ seed, path }) => {
    expect((await fuzz({ runs: 1, seed, path })).failure).toBeUndefined();
  });

  test("each get a response by the contract, and what it calls accepted or refused is in the queues", async () => {
    const { failure, seed, path, requests, statuses, answered, queued, residentBytes } = await fuzz({ runs: RUNS });
    console.log(`${RUNS} requests from seed ${seed}`);
    if (path !== null) writeFileSync(FAILING, `${JSON.stringify([...failing, { seed, path }], null, 2)}\n`);
    expect(failure).toBeUndefined();
    expect(requests).toBe(RUNS);
    expect(queued).toEqual(answered);
    expect(residentBytes).toBeLessThan(RESIDENT_BYTES);
    // It is no test where everything is refused for one reason.
    for (const status of [202, 207, 400, 401, 404, 405, 408, 413, 415]) expect(statuses[status]).toBeGreaterThan(RUNS / 2_000);
  }, 240_000);
});
