import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { addressOf } from "../../../relay/stream/address.ts";
import { lastCheckpoint, markCheckpoints } from "../../../relay/stream/checkpoints.ts";
import { sightline } from "../cli/run.ts";

const folder = join(mkdtempSync(join(tmpdir(), "sightline-checkpoints-")), "it's a 50%20 folder");
const checkpoints = addressOf(folder);
afterAll(() => rmSync(folder, { recursive: true }));

test("a job goes on at its checkpoint in a folder of any name, and refuses that of another SQL", async () => {
  expect(lastCheckpoint(checkpoints, "figures", "SELECT 1")).toBeUndefined();
  await markCheckpoints(checkpoints, "figures", "SELECT 1");
  const newest = join(folder, "figures", "job", "chk-3");
  mkdirSync(newest, { recursive: true });
  writeFileSync(join(newest, "_metadata"), "");
  expect(lastCheckpoint(checkpoints, "figures", "-- A comment.\nSELECT 1;")).toBe(newest);
  expect(() => lastCheckpoint(checkpoints, "figures", "SELECT 2")).toThrow(/another than that of its checkpoints/);
});

/** The SQL of a job that stops at a record that is no event, or passes over it. */
const printed = async (pass: string) => {
  const env = { EVENT_PUBLISHER: "kafka", KAFKA_BROKERS: "b:9092", STREAM_PASS_UNREADABLE: pass };
  return (await sightline(["stream", "print", "attributed"], env)).out;
};

test("a job that met a record that is no event goes on at its checkpoint when it is told to pass over such", async () => {
  const [stops, passes] = [await printed("false"), await printed("true")];
  expect(passes).toContain("'json.ignore-parse-errors' = 'true'");
  await markCheckpoints(checkpoints, "attributed", stops);
  const newest = join(folder, "attributed", "job", "chk-1");
  mkdirSync(newest, { recursive: true });
  writeFileSync(join(newest, "_metadata"), "");
  expect(lastCheckpoint(checkpoints, "attributed", passes)).toBe(newest);
});
