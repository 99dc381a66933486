import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { originalOf } from "../../../../relay/bus/records/dead-letter-record.ts";
import { freePort } from "../../../services/free-port.ts";
import { sightline, startSightline } from "../../cli/run.ts";
import { archiveStage, envelope } from "./stage.ts";

let stage: Awaited<ReturnType<typeof archiveStage>>;
beforeEach(async () => void (stage = await archiveStage()));
afterEach(() => stage.end());

const parquetFiles = (archive = stage.archive): string[] =>
  readdirSync(archive, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".parquet"))
    .toSorted();

test("events lie by the hour of their timestamp, in files that another reader reads in their types", async () => {
  await stage.publish([
    envelope("first-of-all", "2026-01-31T10:59:59.999999Z", { propensity: 1 }),
    envelope("of-the-next-hour", "2026-01-31T11:00:00Z", { propensity: 0.0455 }),
  ]);
  expect(await stage.store()).toMatchObject({ code: 0, out: '{"stored":2,"files":2,"refused":0}\n' });
  expect(parquetFiles().map((name) => name.replace(/_[\da-f]{10}-(.*v1)-\d-/, "_BUS-$1-N-"))).toEqual([
    "events/2026/01/31/10/events_BUS-rec.exposure.recorded.v1-N-1-2.parquet",
    "events/2026/01/31/11/events_BUS-rec.exposure.recorded.v1-N-1-2.parquet",
  ]);
  const [, later] = parquetFiles();
  const file = await asyncBufferFromFile(`${stage.archive}/${later}`);
  expect(await parquetReadObjects({ file, compressors })).toMatchObject([
    {
      event_id: "of-the-next-hour",
      timestamp: new Date("2026-01-31T11:00:00Z"),
      items: [{ item_id: "a", position: 1, propensity: 0.0455, placement: null }],
      flags: [],
      offset: 2n,
      topic: stage.topic,
    },
  ]);
  expect(await stage.query("SELECT timestamp FROM events ORDER BY timestamp")).toMatchObject([
    { timestamp: "2026-01-31 10:59:59.999999+00" },
    { timestamp: "2026-01-31 11:00:00+00" },
  ]);
});

test("a first file of propensities that are all 1 rounds nothing", async () => {
  const ones = Array.from({ length: 300 }, (_, n) => envelope(`whole-${n}`, "2026-01-31T10:00:00Z", { propensity: 1 }));
  await stage.publish(ones);
  await stage.store();
  await stage.publish([envelope("of-a-fraction", "2026-01-31T12:00:00Z", { propensity: 0.0455 })]);
  await stage.store();
  expect(parquetFiles()).toHaveLength(2);
  expect(await stage.query("SELECT min(items[1].propensity) AS least, max(items[1].propensity) AS most FROM events")).toEqual([
    { least: 0.0455, most: 1 },
  ]);
});

const good = (n: number): string => envelope(`good-${n}-event`, "2026-01-31T10:00:00Z");

test("what is no event goes to the dead letters alone, byte for byte, and all else is stored", async () => {
  const bad = ["no JSON", '{"cut":', '{\n"pretty": 1}\r\n', Buffer.from([0x7b, 0xff, 0xfe]), ""];
  await stage.publish([...bad.flatMap((value, n) => [good(n), value]), "tail"]);
  const { code, out, err } = await stage.store();
  expect({ code, out }).toEqual({ code: 1, out: '{"stored":5,"files":1,"refused":6}\n' });
  expect(err).not.toContain("pretty");
  const dead = await stage.deadLetters();
  const originals = dead.map(({ value }) => originalOf(value).original);
  expect(originals.toSorted()).toEqual([...bad, "tail"].map((value) => value.toString()).toSorted());
  expect(dead.every(({ key, headers }) => key === "k" && headers["of"] === "the test")).toBe(true);
  // The group is past them.
  expect(await stage.store()).toMatchObject({ code: 0, out: '{"stored":0,"files":0,"refused":0}\n' });
});

test("rejects and client reports have folders of their own, whichever topic they are on", async () => {
  const rejected = readFileSync("test/wire/pack-rejects.txt", "utf8").trim().split("\n").slice(1);
  await stage.publish([envelope("an-exposure", "2026-01-31T10:00:00Z"), ...rejected]);
  await stage.store();
  expect(new Set(parquetFiles().map((name) => name.split("/")[0]))).toEqual(new Set(["events", "rejects"]));
  expect(await stage.query("SELECT error FROM rejects ORDER BY error")).toEqual([
    { error: "empty_items" },
    { error: "event_id_conflict" },
  ]);
});

test("what happened before 1970 is filed under its own hour", async () => {
  await stage.publish([envelope("first-of-all", "0001-01-01T00:00:00Z"), envelope("before-1970", "1969-12-31T23:59:59.5Z")]);
  await stage.store();
  expect(parquetFiles().map((name) => name.slice(0, 20))).toEqual(["events/0001/01/01/00", "events/1969/12/31/23"]);
  expect(await stage.query("SELECT count(*) AS n FROM events")).toEqual([{ n: "2" }]);
});

test("two buses may have one archive: what they write has names of its own", async () => {
  const other = await archiveStage({ ARCHIVE_URL: stage.archive });
  await stage.publish([good(1), good(2)]);
  await other.publish([good(3), good(4)]);
  for (const one of [stage, other]) expect(await one.store()).toMatchObject({ out: '{"stored":2,"files":1,"refused":0}\n' });
  expect(await stage.query("SELECT count(*) AS n FROM events")).toEqual([{ n: "4" }]);
  await other.end();
});

test("a file of a batch's name that has other rows ends the store, and nothing is acknowledged", async () => {
  const other = await archiveStage();
  await stage.publish([good(1), good(2)]);
  await other.publish([good(3), good(4)]);
  for (const one of [stage, other]) await one.store();
  const [own] = parquetFiles();
  const [others] = parquetFiles(other.archive);
  copyFileSync(join(other.archive, others!), join(stage.archive, own!));
  const again = { STORE_PARQUET_GROUP: "another" };
  const { code, err } = await stage.store(again);
  expect(code).not.toBe(0);
  expect(err).toContain("got others: another bus writes there, or the topic was made anew");
  // All of it is still there for an archive of its own.
  const elsewhere = { ...again, ARCHIVE_URL: join(stage.dataDir, "elsewhere") };
  expect(await stage.store(elsewhere)).toMatchObject({ out: '{"stored":2,"files":1,"refused":0}\n' });
  await other.end();
});

test("a Parquet file that no store named is no part of the archive, and is told; a folder that is not there is an error", async () => {
  await stage.publish([good(1)]);
  await stage.store();
  const [own] = parquetFiles();
  for (const name of ["copy.parquet", "events_copy.parquet"]) {
    copyFileSync(join(stage.archive, own!), join(stage.archive, dirname(own!), name));
  }
  const count = ["query", "SELECT count(*) AS n FROM events", "--json"];
  expect(await sightline(count, stage.settings)).toMatchObject({
    out: '{"n":1}\n',
    err: expect.stringContaining("left out: 2 Parquet files whose names are not those of a store's"),
  });
  const { out, err } = await sightline(["store", "files"], stage.settings);
  expect(out).toBe(`${join(stage.archive, own!)}\n`);
  expect(err).toContain("left out: 2 Parquet files");
  for (const command of [count, ["store", "files"], ["verify", "--source", "parquet"]]) {
    const gone = await sightline(command, { ...stage.settings, ARCHIVE_URL: "/nowhere" });
    expect(gone).toMatchObject({ code: 2, out: "" });
    expect(gone.err).toContain("ARCHIVE_URL: expected the folder of an archive, got /nowhere, which is not there");
  }
});

test("once, it gives up where the archive is out for too long, and nothing is acknowledged", async () => {
  await stage.publish([good(1)]);
  writeFileSync(stage.archive, "a file in the folder's place");
  const { code, err } = await sightline(["store", "parquet", "--once", "--patience", "1s"], stage.settings);
  expect(code).toBe(1);
  expect(err).toMatch(/archive: .*; given up after 1 s, and what is not stored is not acknowledged/);
  expect(err).not.toContain("is back");
  rmSync(stage.archive);
  expect(await stage.store()).toMatchObject({ code: 0, out: '{"stored":1,"files":1,"refused":0}\n' });
});

test("a running store tells how it stands, to people and to Prometheus", async () => {
  await stage.publish([good(1), good(2), "no event"]);
  const port = await freePort();
  const env = { ...stage.settings, STORE_PARQUET_PORT: String(port), STORE_PARQUET_BATCH_SECONDS: "1" };
  const running = startSightline(["store", "parquet"], env);
  const ask = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).text();
  await vi.waitFor(async () => expect(JSON.parse(await ask("/health"))).toMatchObject({ stored: 2, lag: 0 }), 20_000);
  expect(JSON.parse(await ask("/health"))).toMatchObject({
    healthy: true,
    taken: 3,
    files: 1,
    refused: 1,
    retries: 0,
    faults: {},
  });
  const metrics = await ask("/metrics");
  for (const line of ['taken_total{store="parquet"} 3', 'rows_total{store="parquet"} 2', 'lag_records{store="parquet"} 0']) {
    expect(metrics).toContain(`sightline_tables_${line}\n`);
  }
  running.stop();
  expect(await running.ended).toMatchObject({ code: 0 });
});

test("a bus that keeps no plans is refused", async () => {
  const { code, err } = await sightline(["store", "parquet"], {
    EVENT_PUBLISHER: "redis-streams",
    REDIS_URL: "redis://127.0.0.1:1",
  });
  expect(code).toBe(2);
  expect(err).toContain("expected a bus that keeps the plans of the Parquet store, one of kafka, redpanda, local, memory, msk");
});
