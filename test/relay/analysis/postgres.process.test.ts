/** What verify reads from Postgres is what it reads from the bus that the store filled it from. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { freshDatabase } from "../../services/postgres.ts";
import { sightline } from "../cli/run.ts";
import { fillLocal } from "./fill-sources.ts";
import { goldenLog, goldenReport } from "./golden-log.ts";
import { planted } from "./planted.ts";

const postgres = inject("postgres");
const missing = "missing" in postgres ? postgres.missing : undefined;

describe.skipIf(missing !== undefined)(`verify from Postgres${missing === undefined ? "" : `: ${missing}`}`, () => {
  let dataDir: string;
  beforeAll(() => void (dataDir = mkdtempSync(join(tmpdir(), "sightline-verify-postgres-"))));
  afterAll(() => rmSync(dataDir, { recursive: true }));

  const report = async (name: string, envelopes: Parameters<typeof fillLocal>[1]) => {
    const folder = mkdtempSync(join(dataDir, name));
    const DATABASE_URL = await freshDatabase("url" in postgres ? postgres.url : "");
    const env = { DATABASE_URL, DATA_DIR: folder, EVENT_PUBLISHER: "local" };
    await fillLocal(folder, envelopes);
    expect((await sightline(["store", "postgres", "--once"], env)).code).toBe(0);
    const { out, err } = await sightline(["verify", "--source", "postgres", "--json"], env);
    expect(err).toBe("");
    return JSON.parse(out);
  };

  test("has the figures of the golden log", async () => {
    expect(await report("golden", goldenLog)).toMatchObject(goldenReport);
  });

  test("finds the faults that were planted, exactly", async () => {
    const { envelopes, expected } = planted(5_000);
    expect(await report("planted", envelopes)).toMatchObject(expected);
  });

  test("says what is missing where there are no tables of the store, or no address", async () => {
    const DATABASE_URL = await freshDatabase("url" in postgres ? postgres.url : "");
    const { code, err } = await sightline(["verify", "--source", "postgres"], { DATABASE_URL, DATA_DIR: dataDir });
    expect({ code, err }).toEqual({
      code: 1,
      err: "sightline: DATABASE_URL: expected the tables of sightline store postgres, and there is no exp.events, exp.rejects, exp.client_reports\n",
    });
    const without = await sightline(["verify", "--source", "postgres"], { DATA_DIR: dataDir });
    expect(without).toMatchObject({ code: 2, err: expect.stringContaining("DATABASE_URL: expected the address") });
    const nobody = { DATABASE_URL: "postgres://user:secret@127.0.0.1:1/events", DATA_DIR: dataDir };
    const { err: down } = await sightline(["verify", "--source", "postgres"], nobody);
    expect(down).toContain("DATABASE_URL: Postgres at 127.0.0.1:1/events cannot be had: connect ECONNREFUSED");
    expect(down).not.toContain("secret");
  });
});
