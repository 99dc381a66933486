import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { Finding } from "../../../relay/bus/port/finding.ts";
import { explainOf } from "../../../relay/stream/check/explain.ts";
import { checkPlan } from "../../../relay/stream/check/plan.ts";
import { sightline } from "../cli/run.ts";

const ENV = { EVENT_PUBLISHER: "kafka", KAFKA_BROKERS: "b:9092", DATABASE_URL: "postgres://me@db/shop" };
const folder = mkdtempSync(join(tmpdir(), "sightline-check-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

const checkOf = async (name: string, ...args: string[]) => {
  const { code, out } = await sightline(["stream", "check", name, "--text", "--json", ...args], ENV);
  return { code, found: JSON.parse(out) as Finding[] };
};

describe("sightline stream check: the text of", () => {
  test.for([
    ["attributed", "kafka,iceberg,parquet"],
    ["figures", "postgres"],
    ["tables", "iceberg"],
  ] as const)("%s is as it should be", async ([job, sinks]) => {
    const { code, found } = await checkOf(job, "--sinks", sinks);
    expect([code, found.filter(({ verdict }) => verdict !== "ok")]).toEqual([0, []]);
  });

  /** What is planted in the SQL of a job, and what is found. */
  const PLANTED: [what: string, job: string, from: string | RegExp, to: string, verdict: "fail" | "warn", says: RegExp][] = [
    [
      "uncommitted reads",
      "attributed",
      /read_committed/g,
      "read_uncommitted",
      "fail",
      /exposures, outcomes.*taken back are read/,
    ],
    [
      "times in another format",
      "attributed",
      /'json\.timestamp[^\n]*\n\);\n\nCREATE TABLE exposures/,
      ");\n\nCREATE TABLE exposures",
      "fail",
      /times of envelopes are not read/,
    ],
    [
      "errors that are passed over",
      "attributed",
      "'format' = 'json',",
      "'format' = 'json',\n 'json.ignore-parse-errors' = 'true',",
      "fail",
      /taken for something else/,
    ],
    [
      "errors that are passed over by the parser that reads the rest as it is",
      "attributed",
      "'format' = 'json',",
      "'format' = 'json',\n 'json.ignore-parse-errors' = 'true', 'json.decode.json-parser.enabled' = 'false',",
      "warn",
      /not counted here/,
    ],
    ["no idle timeout", "attributed", /'scan\.watermark\.idle-timeout'.*/, "", "warn", /grows without end/],
    [
      "a watermark of an hour",
      "attributed",
      "event_time - INTERVAL '7' DAY",
      "event_time - INTERVAL '1' HOUR",
      "fail",
      /loses what it then brings/,
    ],
    ["no checkpoints", "attributed", /SET 'execution\.checkpointing\.interval'.*/, "", "fail", /no checkpoints/],
    ["a sink that repeats", "attributed", "exactly-once", "at-least-once", "fail", /a restart writes events again/],
    [
      "Flink's own transaction timeout",
      "attributed",
      /'properties\.transaction\.timeout\.ms' = '\d+'/,
      "'a' = 'b'",
      "fail",
      /3600000 ms, over the brokers'/,
    ],
    ["state that goes too soon", "attributed", "44 d", "24 h", "fail", /state of 1 days/],
    ["state for ever", "attributed", /SET 'table\.exec\.state\.ttl'.*/, "", "warn", /kept for ever/],
    [
      "figures that begin again",
      "figures",
      "/*+ STATE_TTL('u' = '0s') */",
      "",
      "fail",
      /ctr_by_position: figures begin again at 1 after 44 quiet days/,
    ],
  ];
  test.for(PLANTED)("a job with %s is told", async ([, job, from, to, verdict, says]) => {
    const { out: sql } = await sightline(["stream", "print", job], ENV);
    const changed = sql.replace(from, to);
    expect(changed).not.toBe(sql);
    const file = join(folder, "job.sql");
    writeFileSync(file, changed);
    const { code, found } = await checkOf(file);
    expect(found.filter((one) => one.verdict !== "ok")).toEqual([
      { check: "sql", verdict, found: expect.stringMatching(says), advice: expect.any(String) },
    ]);
    expect(code).toBe(verdict === "fail" ? 1 : 0);
  });

  const SETTINGS = `set 'execution.checkpointing.interval' = '10 s'; set 'table.exec.state.ttl' = '44 d';`;
  const SOURCE = `create table \`a\` (x string, t as proctime()) with ('connector' = 'kafka', 'format' = 'json',
    'properties.isolation.level' = 'read_committed', 'json.timestamp-format.standard' = 'ISO-8601')`;
  test.for([
    ["small letters, block comments and quotes", `/* don't; */ ${SETTINGS} ${SOURCE}; insert into b select ';' from a;`, []],
    ["the SQL client's statement set", `${SETTINGS} ${SOURCE}; BEGIN STATEMENT SET; INSERT INTO b SELECT x FROM a; END;`, []],
    ["INSERT OVERWRITE", `${SETTINGS} ${SOURCE}; INSERT OVERWRITE b SELECT x FROM a;`, []],
    [
      "a table that takes no options of the other",
      `${SETTINGS} ${SOURCE}; CREATE TABLE c WITH ('connector' = 'kafka') LIKE a (EXCLUDING OPTIONS); INSERT INTO b SELECT x FROM c;`,
      ["c: also records of transactions that were taken back are read", "c: times of envelopes are not read"],
    ],
  ] as const)("a file with %s", async ([, sql, expected]) => {
    const file = join(folder, "own.sql");
    writeFileSync(file, sql);
    const { found } = await checkOf(file);
    expect(found.filter(({ verdict }) => verdict !== "ok").map((one) => one.found)).toEqual(expected);
  });

  test("a file is planned without what would start a job, or write to a catalog", () => {
    const sql = `CREATE CATALOG IF NOT EXISTS lake WITH ('type' = 'iceberg', 'uri' = 'jdbc:postgresql://db/shop');
      DROP TABLE lake.shop.a; SELECT * FROM a; WITH x AS (SELECT 1) SELECT * FROM x; CREATE TABLE b AS SELECT * FROM a;
      CREATE VIEW c AS SELECT * FROM a; INSERT INTO d SELECT * FROM c;`;
    expect(
      explainOf(sql, "file:///tmp/own")
        .split(";\n")
        .map((one) => one.trim()),
    ).toEqual([
      "CREATE CATALOG IF NOT EXISTS lake WITH ( 'type' = 'iceberg', 'catalog-type' = 'hadoop', 'warehouse' = 'file:///tmp/own')",
      "CREATE VIEW c AS SELECT * FROM a",
      "EXPLAIN STATEMENT SET BEGIN INSERT INTO d SELECT * FROM c; END",
      "",
    ]);
  });

  test("a file that is not there is told", async () => {
    const { code, err } = await sightline(["stream", "check", "nope.sql", "--text"], ENV);
    expect([code, err]).toEqual([2, expect.stringContaining("nope.sql: expected one of attributed, figures, tables, or a file")]);
  });
});

const plan = (text: string) => `== Optimized Execution Plan ==\n${text}`;

describe("sightline stream check: a plan with", () => {
  const DEDUPLICATE = "Deduplicate(keep=[FirstRow], key=[id], order=[PROCTIME], outputInsertOnly=[true])";
  test.for([
    [
      "a join and copies removed",
      plan(`IntervalJoin(x)\n${DEDUPLICATE}`),
      false,
      "ok",
      /^one interval join, copies are removed$/,
    ],
    ["a join for each sink", plan("IntervalJoin(x)\nIntervalJoin(y)"), false, "fail", /^2 interval joins/],
    ["a removal that takes back", plan("IntervalJoin(x)\nRank(strategy=[x])"), false, "fail", /takes back what it wrote/],
    ["the same below figures", plan("IntervalJoin(x)\nRank(strategy=[x])"), true, "ok", /copies are removed/],
    ["no plan", "TableException: Sorry\nValidationException: Column 'a' not found", false, "fail", /Column 'a' not found/],
  ] as const)("%s", ([, explained, updates, verdict, says]) => {
    const found = checkPlan(explained, { joinsByTime: true, updates });
    expect(found).toEqual([expect.objectContaining({ check: "plan", verdict, found: expect.stringMatching(says) })]);
  });
});
