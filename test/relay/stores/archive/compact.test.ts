import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { compactHour } from "../../../../relay/stores/archive/compact.ts";
import { openFolder } from "../../../../relay/stores/archive/folder.ts";
import { namesOf } from "../../../../relay/stores/archive/layout.ts";
import { hoursOf } from "../../../../relay/stores/archive/manifest.ts";
import { openArchive } from "../../../../relay/stores/archive/open-archive.ts";
import { EVENTS } from "../../../../relay/stores/columns/tables.ts";
import { type DuckDb, openDuckDb } from "../../../../relay/stores/duckdb/open.ts";
import { sightline } from "../../cli/run.ts";

const HOUR = "events/2026/01/31/10";
let duckDb: DuckDb;
let root: string;
beforeAll(async () => void (duckDb = await openDuckDb()));
afterAll(() => duckDb.close());
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "sightline-compact-"));
  for (const id of ["a", "b", "c"]) await batch(id);
  return () => rmSync(root, { recursive: true, force: true });
});

/** A batch of two events. */
async function batch(id: string): Promise<void> {
  const path = join(root, HOUR, `events_${id}-1-2.parquet`);
  mkdirSync(dirname(path), { recursive: true });
  const rows = `SELECT '${id}' || n AS event_id, [{item_id: 'i', propensity: 1::BIGINT}] AS items FROM range(2) AS r(n)`;
  await duckDb.connection.run(`COPY (${rows}) TO '${path}' (FORMAT parquet)`);
}

const names = (): string[] => readdirSync(join(root, HOUR)).toSorted();
const kinds = (): string[] => names().map((name) => name.replace(/compacted-.*/, "compacted"));

/** The hour as it is listed now. */
async function listed() {
  const files = openFolder(root);
  const [hour] = await hoursOf(files, EVENTS, await files.list(namesOf(EVENTS, {})));
  return { files, duckDb, table: EVENTS, hour: hour!, graceMs: 0 };
}

async function ids(): Promise<string[]> {
  const archive = await openArchive({ url: root, cacheDir: join(root, ".cache") });
  try {
    const found = await archive.connection.runAndReadAll("SELECT event_id FROM events ORDER BY event_id");
    return found.getRowsJson().map(([id]) => String(id));
  } finally {
    archive.close();
  }
}

const ABC = ["a0", "a1", "b0", "b1", "c0", "c1"];

test("small files of an hour become one with the same rows, and what they were is removed by a later run", async () => {
  const env = { ARCHIVE_URL: root };
  const first = await sightline(["store", "compact", "--json", "--grace", "0s"], env);
  expect(first).toMatchObject({ code: 0, out: '{"merged":3,"rows":6,"removed":0}\n' });
  expect(kinds()).toEqual([
    "_manifest-000001.json",
    "events_a-1-2.parquet",
    "events_b-1-2.parquet",
    "events_c-1-2.parquet",
    "events_compacted",
  ]);
  expect(await ids()).toEqual(ABC);
  expect((await sightline(["store", "compact", "--json"], env)).out).toBe('{"merged":0,"rows":0,"removed":0}\n');
  const second = await sightline(["store", "compact", "--json", "--grace", "0s"], env);
  expect(second.out).toBe('{"merged":0,"rows":0,"removed":3}\n');
  expect(kinds()).toEqual(["_manifest-000001.json", "events_compacted"]);
  expect(await ids()).toEqual(ABC);
});

test("what comes later is merged with what was", async () => {
  await compactHour(await listed());
  await batch("d");
  expect(await ids()).toEqual([...ABC, "d0", "d1"]);
  await compactHour(await listed());
  await compactHour(await listed());
  expect(kinds()).toEqual(["_manifest-000002.json", "events_compacted"]);
  expect(await ids()).toEqual([...ABC, "d0", "d1"]);
});

test("of two compactions at once one has its work for nothing, and each row counts once", async () => {
  const [one, two] = [await listed(), await listed()];
  const other = await openDuckDb();
  const done = await Promise.all([compactHour(one), compactHour({ ...two, duckDb: other })]);
  other.close();
  expect(done.map(({ merged }) => merged).toSorted()).toEqual([0, 3]);
  expect(await ids()).toEqual(ABC);
  expect(kinds().filter((kind) => kind === "events_compacted")).toHaveLength(1);
});

test("what a killed compaction leaves behind counts nothing, and stays, for it could be of a lost manifest; a batch that comes again does not count twice", async () => {
  // Killed before its manifest.
  const before = await listed();
  await compactHour(before);
  rmSync(join(root, HOUR, "_manifest-000001.json"));
  expect(await ids()).toEqual(ABC);
  await compactHour(await listed());
  expect(await ids()).toEqual(ABC);
  await compactHour(await listed());
  expect(kinds()).toEqual(["_manifest-000001.json", "events_compacted", "events_compacted"]);
  // A store that was killed behind its upload puts the batch again.
  await batch("b");
  expect(await ids()).toEqual(ABC);
  await compactHour(await listed());
  expect(kinds()).toEqual(["_manifest-000001.json", "events_compacted", "events_compacted"]);
});

test("nothing is removed where the file that counts is missing", async () => {
  await compactHour(await listed());
  rmSync(
    join(
      root,
      HOUR,
      names().find((name) => name.includes("compacted"))!,
    ),
  );
  await expect(compactHour(await listed())).rejects.toThrow("is missing, which counts: nothing is removed");
  expect(kinds()).toEqual(["_manifest-000001.json", "events_a-1-2.parquet", "events_b-1-2.parquet", "events_c-1-2.parquet"]);
});

test("readers have the time of the grace for what they began to read", async () => {
  await compactHour(await listed());
  const old = { ...(await listed()), graceMs: 60_000 };
  expect(await compactHour(old)).toMatchObject({ removed: 0 });
  const past = new Date(Date.now() - 120_000);
  for (const name of names()) utimesSync(join(root, HOUR, name), past, past);
  expect(await compactHour({ ...(await listed()), graceMs: 60_000 })).toMatchObject({ removed: 3 });
  expect(await ids()).toEqual(ABC);
});
