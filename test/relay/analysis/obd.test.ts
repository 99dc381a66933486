import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openDuckDb } from "../../../relay/stores/duckdb/open.ts";
import { sightline } from "../cli/run.ts";
import { fillArchive, fillLocal } from "./fill-sources.ts";
import { missingLogs, OBP_UNIFORM, obdEnvelopes, obdFigures } from "./obd.ts";

const SURFACE = "obd.men-bts";

describe.skipIf(missingLogs !== undefined)(
  `the Open Bandit logs${missingLogs === undefined ? "" : `: ${missingLogs} is not there`}`,
  () => {
    let dataDir: string;
    beforeAll(async () => {
      dataDir = mkdtempSync(join(tmpdir(), "sightline-obd-"));
      const envelopes = [...(await obdEnvelopes("bts")), ...(await obdEnvelopes("random"))];
      await fillLocal(dataDir, envelopes);
      await fillArchive(join(dataDir, "archive"), envelopes);
    });
    afterAll(() => rmSync(dataDir, { recursive: true }));

    const run = async (...args: string[]) => {
      const ran = await sightline(args, { DATA_DIR: dataDir, EVENT_PUBLISHER: "local" });
      expect({ code: ran.code, err: ran.err }).toEqual({ code: 0, err: "" });
      return ran.out;
    };

    test.for(["local", "parquet"])("have their own figures in %s", async (source) => {
      const { scopes } = JSON.parse(await run("verify", "--source", source, "--fail-under", "1", "--json"));
      expect(scopes).toMatchObject([
        { surface: "obd.men-bts", ...obdFigures.bts },
        { surface: "obd.men-random", ...obdFigures.random },
      ]);
    });

    test("give the reference's estimates for the uniform policy, to 1e-9, and the same at each run", async () => {
      const args = ["ope", "--policy", "uniform", "--source", "parquet", "--surface", SURFACE, "--resamples", "200", "--json"];
      const first = JSON.parse(await run(...args));
      expect(first).toMatchObject({ rows: 10_000, rewarded: 69, items: 34, naive: { value: 0.0069 } });
      expect(Math.abs(first.ipw.value - OBP_UNIFORM.ipw)).toBeLessThan(1e-9);
      expect(Math.abs(first.snipw.value - OBP_UNIFORM.snipw)).toBeLessThan(1e-9);
      for (const { low, value, high } of [first.naive, first.ipw, first.snipw]) {
        expect(low).toBeLessThan(value);
        expect(high).toBeGreaterThan(value);
      }
      expect(JSON.parse(await run(...args))).toEqual(first);
      expect(JSON.parse(await run(...args, "--seed", "2")).ipw.low).not.toBe(first.ipw.low);
    });

    test("are exported as arrays from which obp's own formula gives the same", async () => {
      const out = join(dataDir, "obp");
      await run("export", "ope", "--format", "obp", "--out", out, "--source", "local", "--surface", SURFACE);
      const { n_rounds, n_actions, len_list } = JSON.parse(readFileSync(join(out, "feedback.json"), "utf8"));
      expect({ n_rounds, n_actions, len_list }).toEqual({ n_rounds: 10_000, n_actions: 34, len_list: 3 });
      const [action, position, pscore, reward] = ["action", "position", "pscore", "reward"].map((name) =>
        arrayOf(readFileSync(join(out, `${name}.npy`))),
      ) as [number[], number[], number[], number[]];
      expect([Math.min(...action), Math.max(...action), Math.min(...position), Math.max(...position)]).toEqual([0, 33, 0, 2]);
      const weights = pscore.map((score) => 1 / n_actions / score);
      const weighted = weights.reduce((sum, weight, n) => sum + weight * reward[n]!, 0);
      expect(Math.abs(weighted / n_rounds - OBP_UNIFORM.ipw)).toBeLessThan(1e-9);
      expect(Math.abs(weighted / weights.reduce((sum, one) => sum + one, 0) - OBP_UNIFORM.snipw)).toBeLessThan(1e-9);
    });

    test.for(["parquet", "csv"])("are exported as %s, a row for each exposure", async (format) => {
      const out = join(dataDir, `feedback.${format}`);
      await run("export", "ope", "--format", format, "--out", out, "--source", "parquet", "--surface", SURFACE);
      const duckDb = await openDuckDb();
      try {
        const found = await duckDb.connection.runAndReadAll(
          `SELECT count(*)::INT AS n, sum(reward)::INT AS rewards, sum(reward / 34 / propensity) / count(*) AS ipw, any_value(context) AS context FROM '${out}'`,
        );
        const [row] = found.getRowObjectsJS() as { n: number; rewards: number; ipw: number; context: string }[];
        expect(row).toMatchObject({ n: 10_000, rewards: 69, context: '{"policy_version_id":"men-bts"}' });
        expect(Math.abs(row!.ipw - OBP_UNIFORM.ipw)).toBeLessThan(1e-9);
      } finally {
        duckDb.close();
      }
    });

    test("are of a surface each, and one has to be named", async () => {
      const { code, err } = await sightline(["ope", "--policy", "uniform", "--source", "parquet"], { DATA_DIR: dataDir });
      expect({ code, err }).toEqual({
        code: 2,
        err: "sightline: --surface: expected one of obd.men-bts, obd.men-random, since a policy is of one surface\n",
      });
    });

    test("have rewards of what happened, and another is an error that names them", async () => {
      const args = ["ope", "--policy", "uniform", "--source", "parquet", "--surface", "obd.men-bts", "--reward", "clik"];
      const { code, err } = await sightline(args, { DATA_DIR: dataDir });
      expect({ code, err }).toEqual({ code: 2, err: "sightline: --reward: expected one of click, got clik\n" });
    });
  },
);

/** The values of a .npy file of one dimension. */
function arrayOf(file: Buffer): number[] {
  expect(file.toString("latin1", 0, 8)).toBe("\u0093NUMPY\u0001\u0000");
  const start = 10 + file.readUInt16LE(8);
  expect(start % 64).toBe(0);
  const isDouble = file.toString("latin1", 10, start).includes("'<f8'");
  return Array.from({ length: (file.length - start) / 8 }, (_, n) =>
    isDouble ? file.readDoubleLE(start + n * 8) : Number(file.readBigInt64LE(start + n * 8)),
  );
}
