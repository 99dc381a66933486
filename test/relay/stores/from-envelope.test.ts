import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CLIENT_REPORTS, EVENTS, REJECTS, TABLES } from "../../../relay/stores/columns/tables.ts";
import type { Table } from "../../../relay/stores/columns/column.ts";
import { createRecordTable } from "../../../relay/stores/duckdb/append-records.ts";
import { rowsOf, unreadableIn } from "../../../relay/stores/duckdb/from-envelope.ts";
import { type DuckDb, openDuckDb } from "../../../relay/stores/duckdb/open.ts";
import { readRow } from "../../../relay/stores/postgres/read-row.ts";

const golden = (file: string): string[] => readFileSync(`test/wire/${file}`, "utf8").trim().split("\n").slice(1);
const exposure = JSON.parse(golden("pack.txt")[0]!);

const exposureWith = (propensity: number) =>
  JSON.stringify({ ...exposure, payload: { ...exposure.payload, items: [{ item_id: "a", position: 1, propensity }] } });

let duckDb: DuckDb;
beforeAll(async () => void (duckDb = await openDuckDb()));
afterAll(() => duckDb.close());

/** The rows that a table has of some values, and the offsets of those that no table has. */
async function rows(table: Table, values: string[]) {
  const { connection } = duckDb;
  await connection.run("DROP TABLE IF EXISTS records");
  const records = await createRecordTable(connection, "records");
  for (const [n, value] of values.entries()) {
    records.append({
      topic: "t",
      key: "k",
      value: Buffer.from(value),
      headers: {},
      partition: 3,
      offset: BigInt(n),
      publishedAt: "2026-01-01T10:00:06.000Z",
    });
  }
  await records.load();
  const found = await connection.runAndReadAll(rowsOf(table, "records"));
  const lost = await connection.runAndReadAll(unreadableIn(TABLES, "records"));
  return { rows: found.getRowObjectsJson(), unreadable: lost.getRowObjectsJson().map(({ offset }) => offset) };
}

test("each column of an exposure has its value, in its type", async () => {
  const { rows: found, unreadable } = await rows(EVENTS, golden("pack.txt"));
  expect(unreadable).toEqual([]);
  expect(found).toHaveLength(3);
  expect(found[0]).toMatchObject({
    tenant_id: "demo",
    key_kind: "web",
    event_id: "sess_a1b2c3d4-1",
    event_type: "exposure",
    request_id: "req_V1StGXR8_Z5jdHi6B",
    items: [
      { item_id: "sku-1", position: 1, basis: "viewable", propensity: null },
      { item_id: "crème brûlée 🍮", position: 2, placement: "hero" },
    ],
    seq: "1",
    topic: "t",
    partition: 3,
    offset: "0",
    published_at: "2026-01-01 10:00:06+00",
  });
});

test("what the collector refused, and what SDKs lost, have tables of their own", async () => {
  const report = {
    ...exposure,
    type: "edge.client.reported.v1",
    event_type: "client_report",
    payload: { timestamp: exposure.payload.timestamp, payload: { dropped: { full: 2 } } },
  };
  const values = [...golden("pack-rejects.txt"), JSON.stringify(report), JSON.stringify(exposure)];
  const rejected = await rows(REJECTS, values);
  expect(rejected.unreadable).toEqual([]);
  expect(rejected.rows.map(({ error, refused_event_id, index }) => [error, refused_event_id, index])).toEqual([
    ["empty_items", "sess_a1b2c3d4-4", "4"],
    ["event_id_conflict", "sess_a1b2c3d4-2", "5"],
  ]);
  const { rows: reports } = await rows(CLIENT_REPORTS, values);
  expect(reports).toMatchObject([{ dropped: '{"full":2}', previous: null }]);
});

test("a fraction after thousands of whole numbers is not rounded", async () => {
  const { rows: found } = await rows(EVENTS, [...Array.from({ length: 25_000 }, () => exposureWith(1)), exposureWith(0.0455)]);
  expect(found.at(-1)).toMatchObject({ items: [{ propensity: 0.0455 }] });
});

test("what is no event is told by its place, and is no row", async () => {
  const none = [
    "",
    "text",
    "[1]",
    "null",
    "{}",
    '{"a":',
    JSON.stringify({ ...exposure, id: "" }),
    JSON.stringify({ ...exposure, type: "another.v1" }),
    JSON.stringify({ ...exposure, metadata: {} }),
    JSON.stringify({ ...exposure, payload: [1] }),
    JSON.stringify({ ...exposure, payload: { ...exposure.payload, items: "none" } }),
    JSON.stringify({ ...exposure, payload: { ...exposure.payload, items: [{ item_id: "a" }] } }),
    JSON.stringify({ ...exposure, payload: { ...exposure.payload, items: [null] } }),
  ];
  const { rows: found, unreadable } = await rows(EVENTS, [...none, JSON.stringify(exposure)]);
  expect(unreadable.toSorted((a, b) => Number(a) - Number(b))).toEqual(none.map((_, n) => String(n)));
  expect(found).toHaveLength(1);
});

test("what lacks a unit or a time, and numbers that a column would change, are no event either", async () => {
  const payload = (more: object) => JSON.stringify({ ...exposure, payload: { ...exposure.payload, ...more } });
  const item = (more: object) => payload({ items: [{ item_id: "a", position: 1, ...more }] });
  const none = [
    payload({ unit_id: null }),
    payload({ unit_type: "" }),
    payload({ timestamp: "yesterday" }),
    payload({ timestamp: "2026-02-30T10:00:00Z" }),
    payload({ timestamp: "infinity" }),
    JSON.stringify({ ...exposure, received_at: 5 }),
    item({ position: 1.5 }),
    item({ position: 3e9 }),
    item({ propensity: 0 }).replace('"propensity":0', '"propensity":1e400'),
    payload({ seq: 1.5 }),
    payload({ seq: 2 ** 60 }),
  ];
  const { rows: found, unreadable } = await rows(EVENTS, [
    ...none,
    item({ position: 2 ** 31 - 1, propensity: 1e-300 }),
    payload({ seq: 2 ** 53 - 1 }),
  ]);
  expect(unreadable.toSorted((a, b) => Number(a) - Number(b))).toEqual(none.map((_, n) => String(n)));
  expect(found).toMatchObject([{ items: [{ position: 2 ** 31 - 1, propensity: 1e-300 }] }, { seq: String(2 ** 53 - 1) }]);
});

test.each(["3", " +3 ", "3.", "3e0", "1_000", true, ".5"])("%j in a number's place is the same in every store", async (given) => {
  const payload = { ...exposure.payload, sample_rate: given, items: [{ item_id: "a", position: 1, score: given }] };
  const value = JSON.stringify({ ...exposure, payload });
  const row = (await rows(EVENTS, [value])).rows[0]!;
  const place = { topic: "t", partition: 3, offset: 0n, publishedAt: "2026-01-01T10:00:06.000Z" };
  const { line } = readRow({ ...place, key: "k", value: Buffer.from(value), headers: {} }) as { line: string };
  const cells = line.split("\t");
  const cell = (name: string): string => cells[EVENTS.columns.findIndex((column) => column.name === name)]!;
  const number = row["sample_rate"];
  expect(number).toBeTypeOf("number");
  expect(row["items"]).toMatchObject([{ position: 1, score: number }]);
  expect([cell("sample_rate"), JSON.parse(cell("items"))]).toEqual([
    String(number),
    [{ item_id: "a", position: 1, score: number }],
  ]);
});

test.each([
  ["a number that is other text", { sample_rate: "three" }],
  ["a number that is an object", { seq: {} }],
  ["no text at all for a number", { seq: "" }],
  [
    "an item's score that is other text",
    {
      items: [
        { item_id: "a", position: 1, score: 1 },
        { item_id: "b", position: 2, score: "high" },
      ],
    },
  ],
  ["experiments that are no list", { experiments: "all" }],
])("%s is kept as a dead letter by every store, and not stored without it", async (_what, payload) => {
  const others = { sample_rate: null, index: "another table's", context: { seq: "three" } };
  const values = [payload, others].map((more) => JSON.stringify({ ...exposure, payload: { ...exposure.payload, ...more } }));
  const { rows: found, unreadable } = await rows(EVENTS, values);
  expect([found.length, unreadable]).toEqual([1, ["0"]]);
  const place = { topic: "t", partition: 3, offset: 0n, publishedAt: "2026-01-01T10:00:06.000Z" };
  const inPostgres = values.map((value) => readRow({ ...place, key: "k", value: Buffer.from(value), headers: {} }));
  expect(inPostgres).toMatchObject([{ code: "unstorable" }, { table: EVENTS }]);
});

test("flags that are none are an empty list, and members that are null have no value", async () => {
  const { rows: found } = await rows(EVENTS, [
    JSON.stringify({
      ...exposure,
      metadata: { ...exposure.metadata, flags: [] },
      payload: { ...exposure.payload, context: null },
    }),
  ]);
  expect(found).toMatchObject([{ flags: [], context: null }]);
});

test("values that are no JSON, hold line breaks or begin with blanks disturb none of their neighbours", async () => {
  const pretty = JSON.stringify(exposure, undefined, 2);
  const values = [
    JSON.stringify(exposure),
    '{"a":\n1}\n{"b":2}',
    '{"cut":',
    '{"b":1}}',
    pretty,
    pretty.replaceAll("\n", "\r\n"),
    ` \t ${JSON.stringify(exposure)}`,
    '{"a": "\u0000"',
    '{"lone":"\\ud800"}',
    `{"big":"${"x".repeat(3_000_000)}`,
    JSON.stringify({ ...exposure, source: "x".repeat(3_000_000) }),
    "\n\n",
    JSON.stringify(exposure),
  ];
  const { rows: found, unreadable } = await rows(EVENTS, values);
  expect(unreadable.toSorted((a, b) => Number(a) - Number(b))).toEqual(["1", "2", "3", "7", "8", "9", "11"]);
  expect(found.map(({ offset }) => offset)).toEqual(["0", "4", "5", "6", "10", "12"]);
  expect(new Set(found.map(({ items }) => JSON.stringify(items))).size).toBe(1);
});
