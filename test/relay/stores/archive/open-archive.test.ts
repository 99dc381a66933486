import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { manifestFile, manifestText } from "../../../../relay/stores/archive/manifest.ts";
import { openArchive } from "../../../../relay/stores/archive/open-archive.ts";
import type { Span } from "../../../../relay/stores/archive/layout.ts";
import { type DuckDb, openDuckDb } from "../../../../relay/stores/duckdb/open.ts";
import { sightline } from "../../cli/run.ts";

let duckDb: DuckDb;
let url: string;
beforeAll(async () => void (duckDb = await openDuckDb()));
afterAll(() => duckDb.close());
beforeEach(async () => {
  url = await mkdtemp(join(tmpdir(), "sightline-archive-"));
  return () => rm(url, { recursive: true, force: true });
});

/** A file of the archive with what a query gives. */
async function write(key: string, select: string): Promise<void> {
  await mkdir(dirname(join(url, key)), { recursive: true });
  await duckDb.connection.run(`COPY (${select}) TO '${join(url, key)}' (FORMAT parquet)`);
}

const event = (id: string): string => `SELECT '${id}' AS event_id, TIMESTAMPTZ '2026-01-31 10:30:00Z' AS timestamp`;
const items = (propensity: string): string => `SELECT [{item_id: 'a', position: 1, propensity: ${propensity}}] AS items`;
const at = (text: string): Date => new Date(`2026-${text}:00Z`);

async function query(sql: string, span: Span = {}): Promise<unknown[]> {
  const archive = await openArchive({ url, cacheDir: join(url, "cache"), ...span });
  try {
    return (await archive.connection.runAndReadAll(sql)).getRowObjectsJson();
  } finally {
    archive.close();
  }
}
const ids = async (span?: Span): Promise<unknown[]> =>
  (await query("SELECT event_id FROM events ORDER BY event_id", span)).map((row) => (row as { event_id: string }).event_id);

test("an archive without files has its tables, typed and empty", async () => {
  const counts =
    "SELECT (SELECT count(*) FROM events) AS e, (SELECT count(*) FROM rejects) AS r, (SELECT count(*) FROM client_reports) AS c";
  expect(await query(counts)).toEqual([{ e: "0", r: "0", c: "0" }]);
  const types = await query("SELECT column_name AS name, column_type AS type FROM (DESCRIBE events)");
  expect(types).toContainEqual({ name: "timestamp", type: "TIMESTAMP WITH TIME ZONE" });
  expect(types).toContainEqual({ name: "sample_rate", type: "DOUBLE" });
});

test("a first file of propensities that are all 1 rounds none of the files behind it", async () => {
  await write("events/2026/01/31/10/events_a-1-2.parquet", `${items("1::BIGINT")} FROM range(30000)`);
  await write("events/2026/01/31/11/events_a-1-2.parquet", items("0.0455::DOUBLE"));
  expect(await query("SELECT min(items[1].propensity) AS least, count(*) AS n FROM events")).toEqual([
    { least: 0.0455, n: "30001" },
  ]);
});

test("files of another age lack columns, and have more of them", async () => {
  await write("events/2026/01/31/10/events_a-1-2.parquet", "SELECT 'a' AS event_id, 1 AS of_tomorrow");
  await write("events/2026/01/31/10/events_b-1-2.parquet", "SELECT 'b' AS event_id, 7::INTEGER AS seq");
  expect(await query("SELECT event_id, seq, country FROM events ORDER BY event_id")).toEqual([
    { event_id: "a", seq: null, country: null },
    { event_id: "b", seq: "7", country: null },
  ]);
});

test("a span of time has the hours that it touches", async () => {
  for (const hour of ["30/23", "31/00", "31/10", "31/11"]) {
    await write(`events/2026/01/${hour}/events_a-1-2.parquet`, event(hour));
  }
  expect(await ids()).toEqual(["30/23", "31/00", "31/10", "31/11"]);
  expect(await ids({ from: at("01-31T00:00") })).toEqual(["31/00", "31/10", "31/11"]);
  expect(await ids({ from: at("01-30T23:59"), to: at("01-31T10:00") })).toEqual(["30/23", "31/00"]);
  expect(await ids({ to: at("01-31T10:01") })).toEqual(["30/23", "31/00", "31/10"]);
  expect(await ids({ from: at("02-01T00:00") })).toEqual([]);
});

test("what a manifest replaces does not count, and what no manifest names does not either", async () => {
  const folder = "events/2026/01/31/10/";
  for (const name of ["a", "b", "later"]) await write(`${folder}events_${name}-1-2.parquet`, event(name));
  await write(`${folder}events_compacted-1.parquet`, `${event("a")} UNION ALL ${event("b")}`);
  expect(await ids()).toEqual(["a", "b", "later"]);
  const files = [{ name: "events_compacted-1.parquet", bytes: 1, rows: 2 }];
  const manifest = manifestText({ version: 1, files, replaced: ["events_a-1-2.parquet", "events_b-1-2.parquet"] });
  await writeFile(join(url, folder, manifestFile(1)), manifest);
  expect(await ids()).toEqual(["a", "b", "later"]);
  await rm(join(url, folder, "events_a-1-2.parquet"));
  expect(await ids()).toEqual(["a", "b", "later"]);
  const { out } = await sightline(["store", "files"], { ARCHIVE_URL: url });
  expect(out.split("\n").map((line) => line.slice(url.length + 1 + folder.length))).toEqual([
    "events_compacted-1.parquet",
    "events_later-1-2.parquet",
    "",
  ]);
});

test("a manifest that cannot be read is an error, and never an empty hour", async () => {
  await write("events/2026/01/31/10/events_a-1-2.parquet", event("a"));
  await writeFile(join(url, "events/2026/01/31/10", manifestFile(2)), "{}");
  await expect(ids()).rejects.toThrow("_manifest-000002.json: expected a manifest of version 1");
});

test("compacted files whose manifest was taken away are an error, and never an empty hour", async () => {
  const folder = "events/2026/01/31/10/";
  await write(`${folder}events_compacted-1.parquet`, `${event("a")} UNION ALL ${event("b")}`);
  await expect(ids()).rejects.toThrow(`${folder}: expected the manifest of its compacted files, got none: bring it back`);
});
