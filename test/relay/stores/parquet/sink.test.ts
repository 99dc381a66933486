/** The store's sink, handed what a bus hands it: which files come of a lane, whoever has it, and how often. */
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createTurn } from "../../../../relay/bus/consume/in-turn.ts";
import { openFolder } from "../../../../relay/stores/archive/folder.ts";
import { openDuckDb } from "../../../../relay/stores/duckdb/open.ts";
import { createParquetSink } from "../../../../relay/stores/parquet/sink.ts";
import { envelope } from "./stage.ts";

const LANE = "rec.exposure.recorded.v1/3";
let root: string;
let ends: (() => void)[];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "sightline-sink-"));
  ends = [() => rmSync(root, { recursive: true, force: true })];
  return () => ends.toReversed().forEach((end) => end());
});
afterEach(() => void vi.useRealTimers());

/** A store over the folder, which has the lane; `acked` is what it has acknowledged. */
async function member({
  patienceMs,
  plan,
  rows = 1_000,
  threads = 1,
  folder = "archive",
}: {
  patienceMs?: number;
  plan?: string;
  rows?: number;
  threads?: number;
  folder?: string;
}) {
  const duckDb = await openDuckDb({ memoryMb: 128, threads });
  ends.push(duckDb.close);
  const plans: string[] = [];
  const faults: (string | undefined)[] = [];
  const fatal: Error[] = [];
  const sink = createParquetSink({
    duckDb,
    patienceMs,
    inTurn: createTurn(),
    archive: openFolder(join(root, folder)),
    batchRows: rows,
    batchMb: 64,
    batchSeconds: 3_600,
    bury: async () => {},
    onFatal: (error) => fatal.push(error),
    report: {
      stored: () => {},
      compacted: () => {},
      refused: () => {},
      taken: () => {},
      failed: (part, _error, attempt) => void (attempt === 1 && faults.push(part)),
      over: (part, isBack) => void faults.push(isBack ? undefined : `${part} given up`),
    },
  });
  sink.attach({ plan: async (_lane, text) => void plans.push(text) });
  sink.begin!(LANE, plan, "0fbus");
  const acked: bigint[] = [];
  const take = (from: number, to: number) =>
    sink.take(
      Array.from({ length: to - from + 1 }, (_, n) => BigInt(from + n)).map((offset) => ({
        lane: LANE,
        attempt: 1,
        ack: () => void acked.push(offset),
        record: {
          topic: "rec.exposure.recorded.v1",
          key: "k",
          headers: {},
          partition: 3,
          offset,
          publishedAt: "2026-01-31T10:00:00.000Z",
          value: Buffer.from(
            envelope(`event-${offset}`, `2026-01-31T1${Number(offset) % 2}:00:00Z`, { propensity: 1 / Number(offset) }),
          ),
        },
      })),
    );
  return { sink, take, plans, faults, fatal, acked };
}

/** The files of an archive, with what is in them. */
function filesIn(folder = "archive"): Record<string, string> {
  const names = readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".parquet"),
  );
  const hash = (name: string): string =>
    createHash("sha256")
      .update(readFileSync(join(root, folder, name)))
      .digest("hex");
  return Object.fromEntries(names.toSorted().map((name) => [name.slice("events/2026/01/31/".length), hash(name)]));
}

const name = (hour: number, range: string): string => `${hour}/events_0fbus-rec.exposure.recorded.v1-3-${range}.parquet`;

test("a plan is kept before anything is written, and whoever has the lane next makes the same files of it, whatever its settings", async () => {
  const one = await member({ rows: 6 });
  await one.take(10, 17);
  await one.sink.finish();
  expect(one.plans).toEqual(["parquet 2 10-15", "parquet 2 16-17"]);
  const written = filesIn();
  expect(Object.keys(written)).toEqual([name(10, "10-15"), name(10, "16-17"), name(11, "10-15"), name(11, "16-17")]);

  // Killed before it was acknowledged: the next one is told the plan, gets all of it again, and more. Whether its files are there, or not yet.
  for (const isThere of [true, false]) {
    if (!isThere) rmSync(join(root, "archive"), { recursive: true });
    const next = await member({ plan: "parquet 2 10-15", rows: 100 });
    await next.take(10, 40);
    await next.sink.finish();
    for (const hour of [10, 11]) expect(filesIn()[name(hour, "10-15")]).toBe(written[name(hour, "10-15")]);
    expect(next.plans).toEqual(["parquet 2 16-40"]);
    expect(next.acked).toEqual(Array.from({ length: 31 }, (_, n) => BigInt(10 + n)));
  }
});

test("a plan that is acknowledged is obeyed no more, and one whose records are gone is closed with what there is", async () => {
  const done = await member({ plan: "parquet 2 1-9" });
  await done.take(10, 12);
  await done.sink.finish();
  expect(done.plans).toEqual(["parquet 2 10-12"]);
  const cut = await member({ plan: "parquet 2 1-30", folder: "other" });
  await cut.take(5, 6);
  await cut.sink.finish();
  expect(cut.acked).toEqual([]);
  await cut.take(31, 31);
  await vi.waitFor(() => expect(cut.acked).toEqual([5n, 6n]));
  expect(Object.keys(filesIn("other"))).toEqual([name(10, "1-30"), name(11, "1-30")]);
});

test("what a store before names had the origin had planned is written under the name that it has there", async () => {
  const one = await member({ plan: "parquet 1 10-11" });
  await one.take(10, 11);
  await one.sink.finish();
  expect(Object.keys(filesIn())).toEqual([name(10, "10-11"), name(11, "10-11")].map((of) => of.replace("0fbus-", "")));
});

test("the same records make the same bytes with 1, 2 and 4 threads", async () => {
  const made = [];
  for (const threads of [1, 2, 4]) {
    const one = await member({ rows: 60_000, threads, folder: `of-${threads}` });
    await one.take(1, 8_000);
    await one.sink.finish();
    made.push(filesIn(`of-${threads}`));
  }
  expect(Object.keys(made[0]!)).toEqual([name(10, "1-8000"), name(11, "1-8000")]);
  expect(made[1]).toEqual(made[0]);
  expect(made[2]).toEqual(made[0]);
});

test("while the archive cannot be had nothing is acknowledged, it is told once, and all is stored when it is back", async () => {
  writeFileSync(join(root, "archive"), "a file in the folder's place");
  const one = await member({});
  await one.take(1, 4);
  const finished = one.sink.finish();
  await vi.waitFor(() => expect(one.faults).toEqual(["archive"]));
  expect(one.acked).toEqual([]);
  rmSync(join(root, "archive"));
  mkdirSync(join(root, "archive"));
  await finished;
  expect(one.acked).toEqual([1n, 2n, 3n, 4n]);
  expect(one.faults).toEqual(["archive", undefined]);
});

test("an outage that lasts longer than it may ends the store, and a lane that goes in one is not told as back", async () => {
  writeFileSync(join(root, "archive"), "a file in the folder's place");
  const hasty = await member({ patienceMs: 300 });
  await hasty.take(1, 4);
  await hasty.sink.finish();
  expect(hasty.fatal[0]?.message).toMatch(/^archive: .*; given up after 0 s, and what is not stored is not acknowledged$/);
  const patient = await member({});
  await patient.take(1, 4);
  const finished = patient.sink.finish();
  await vi.waitFor(() => expect(patient.faults).toEqual(["archive"]));
  await patient.sink.drain([LANE]);
  await finished;
  expect(patient.faults).toEqual(["archive", "archive given up"]);
  expect([hasty.acked, patient.acked]).toEqual([[], []]);
});

test("a lane that goes is written no more, and its open batch is left to whoever has it next", async () => {
  const one = await member({});
  await one.take(1, 4);
  await one.sink.drain([LANE]);
  await one.sink.finish();
  expect([one.plans, one.acked]).toEqual([[], []]);
});

test("a group that another program keeps its own words in is not touched", async () => {
  const one = await member({ plan: "of another program" });
  expect(one.fatal[0]?.message).toContain("another program uses the same group");
});
