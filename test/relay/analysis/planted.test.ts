import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sightline } from "../cli/run.ts";
import { fillArchive, fillLocal } from "./fill-sources.ts";
import { planted } from "./planted.ts";

/** As many as `npm run planted` has hundreds of thousands. */
const EVENTS = 5_000;

let dataDir: string;
const { envelopes, expected } = planted(EVENTS);

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "sightline-planted-"));
  await fillLocal(dataDir, envelopes);
  await fillArchive(join(dataDir, "archive"), envelopes);
});
afterAll(() => rmSync(dataDir, { recursive: true }));

async function verify(...args: string[]) {
  const { code, out, err } = await sightline(["verify", "--json", ...args], { DATA_DIR: dataDir, EVENT_PUBLISHER: "local" });
  return { code, err, report: out === "" ? undefined : JSON.parse(out) };
}

describe("faults that were planted", () => {
  test.for(["local", "parquet"])("are found by verify, exactly, in %s", async (source) => {
    const { code, report } = await verify("--source", source);
    expect(report).toMatchObject(expected);
    expect(code).toBe(0);
  });
});
