import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { resultTable } from "../../../../relay/cli/query/result-table.ts";
import { archiveStage, envelope } from "../../stores/parquet/stage.ts";
import { sightline } from "../run.ts";

let stage: Awaited<ReturnType<typeof archiveStage>>;
beforeAll(async () => {
  stage = await archiveStage();
  await stage.publish([
    envelope("event-of-ten", "2026-01-31T10:00:00.123456Z"),
    envelope('event,"quoted"', "2026-01-31T11:00:00Z", { propensity: 0.0455 }),
  ]);
  await stage.store();
});
afterAll(() => stage.end());

const query = (...args: string[]) => sightline(["query", ...args], stage.settings);
const ROWS = 'SELECT event_id, timestamp, items[1].propensity AS p, "offset" FROM events ORDER BY "offset"';

test("shows rows as a table, as JSON a line each, and as CSV", async () => {
  expect(await query(ROWS)).toEqual({
    code: 0,
    out: [
      "event_id        timestamp                         p  offset",
      "event-of-ten    2026-01-31T10:00:00.123456Z     0.5       1",
      'event,"quoted"  2026-01-31T11:00:00Z         0.0455       2',
      "",
    ].join("\n"),
    err: "2 rows\n",
  });
  const { out: json } = await query(ROWS, "--json");
  expect(json.split("\n", 1)).toEqual([
    '{"event_id":"event-of-ten","timestamp":"2026-01-31T10:00:00.123456Z","p":0.5,"offset":1}',
  ]);
  const { out: csv } = await query(
    `SELECT event_id, NULL AS none, flags FROM (${ROWS.replace("event_id", "event_id, flags")})`,
    "--csv",
  );
  expect(csv).toBe('event_id,none,flags\r\nevent-of-ten,,[]\r\n"event,""quoted""",,[]\r\n');
});

test("reads the hours that are asked for", async () => {
  const { out } = await query("SELECT event_id FROM events", "--json", "--from", "2026-01-31T11:00");
  expect(out).toBe('{"event_id":"event,\\"quoted\\""}\n');
});

test("reads nothing but the archive, and writes nothing", async () => {
  const own = join(stage.dataDir, "own.csv");
  writeFileSync(own, "a\n1\n");
  const [file] = (await sightline(["store", "files"], stage.settings)).out.split("\n");
  const before = readFileSync(file!);
  for (const [sql, reason] of [
    [`SELECT * FROM '${own}'`, "Permission Error"],
    ["SELECT * FROM read_text('/etc/passwd')", "Permission Error"],
    ["SELECT * FROM glob('/etc/*')", "Permission Error"],
    ["SELECT * FROM 'http://127.0.0.1:1/x.parquet'", "Permission Error"],
    [`COPY (SELECT 1) TO '${file}'`, "expected a SELECT, got COPY"],
    [`EXPLAIN ANALYZE COPY (SELECT 1) TO '${file}'`, "expected a SELECT, got EXPLAIN"],
    ["DROP VIEW events", "expected a SELECT, got DROP"],
    ["SET memory_limit = '1TB'", "expected a SELECT, got SET"],
    ["INSTALL httpfs", "expected a SELECT, got LOAD"],
    ["SELECT 1; SELECT 2", "expected one SELECT, got 2 statements"],
    ["", "expected a SELECT, got nothing"],
    ["SELECT * FROM nothing", "Table with name nothing does not exist"],
    ["SELEC 1", "syntax error"],
  ] as const) {
    const { code, out, err } = await query(sql);
    expect({ sql, code, out }).toEqual({ sql, code: 1, out: "" });
    expect(err).toContain(reason);
  }
  expect(readFileSync(file!).equals(before)).toBe(true);
});

test("a call that is wrong says what was expected", async () => {
  expect((await query(ROWS, "--json", "--csv")).code).toBe(2);
  expect(await sightline(["query"], stage.settings)).toMatchObject({ code: 2, err: expect.stringContaining("expected SQL") });
  expect((await query(ROWS, "--from", "yesterday")).err).toContain("--from: expected a time such as 2h");
});

test("a table fits into its terminal, numbers to the right, and what events say moves no cursor", () => {
  const columns = [
    { name: "text", isNumber: false },
    { name: "n", isNumber: true },
  ];
  const rows = [
    ["x".repeat(100), 1],
    ["\u001B[2J", 12345],
  ];
  const lines = resultTable(columns, rows, 40).trimEnd().split("\n");
  expect(Math.max(...lines.map((line) => line.length))).toBe(40);
  expect(lines).toEqual(["text" + " ".repeat(35) + "n", `${"x".repeat(32)}…      1`, `\\u001b[2J${" ".repeat(26)}12345`]);
});
