import { describe, expect, test } from "vitest";
import { statementsOf } from "../../../relay/stream/statements.ts";
import { sqlFile } from "../../../relay/stream/render.ts";
import { TABLES } from "../../../relay/stores/columns/tables.ts";
import { sightline } from "../cli/run.ts";

const KAFKA = { EVENT_PUBLISHER: "kafka", KAFKA_BROKERS: "b1:9092,b2:9092" };
const printed = async (args: string[], env: NodeJS.ProcessEnv = {}) => {
  const ran = await sightline(["stream", "print", ...args], { ...KAFKA, ...env });
  expect(ran).toMatchObject({ code: 0, err: "" });
  return ran.out;
};

describe("sightline stream print", () => {
  test("puts brokers, prefix and days where the files have their own", async () => {
    const sql = await printed(["attributed"], {
      KAFKA_TOPIC_PREFIX: "shop's.",
      STREAM_LATENESS_DAYS: "3",
      STREAM_ATTRIBUTION_DAYS: "14",
      STREAM_STATE_DAYS: "60",
      STREAM_PARALLELISM: "8",
      STREAM_CHECKPOINTS: "s3://bucket/checkpoints",
    });
    expect(sql.match(/bootstrap\.servers' = '.*'/g)).toEqual(Array(2).fill("bootstrap.servers' = 'b1:9092,b2:9092'"));
    expect(sql).toContain("'topic' = 'shop''s.rec.exposure.recorded.v1'");
    expect(sql).toContain("'topic' = 'shop''s.rec.outcome.attributed.v1'");
    expect(sql).toContain("WATERMARK FOR event_time AS event_time - INTERVAL '3' DAY");
    expect(sql).toContain("BETWEEN e.event_time - INTERVAL '1' DAY AND e.event_time + INTERVAL '14' DAY");
    expect(sql).toContain("'table.exec.state.ttl' = '60 d'");
    expect(sql).toContain("'parallelism.default' = '8'");
    expect(sql).toContain("'execution.checkpointing.dir' = 's3://bucket/checkpoints/attributed'");
    expect(statementsOf(sql).at(-1)).toMatch(/^EXECUTE STATEMENT SET BEGIN\nINSERT INTO attributed_topic .*;\nEND$/);
  });

  test("changes nothing else: with the settings that the files have, it is the files", async () => {
    const sql = await printed(["figures"], {
      KAFKA_BROKERS: "localhost:9092",
      DATABASE_URL: "postgres://sightline@localhost:5432/sightline",
      STREAM_CHECKPOINTS: "file:///var/lib/sightline/checkpoints",
    });
    const files = ["settings", "sources", "figures", "figures-to-postgres"].flatMap((name) =>
      statementsOf(sqlFile(`${name}.sql`)),
    );
    const set = files.filter((one) => one.startsWith("INSERT"));
    const own = [
      ...files.filter((one) => !one.startsWith("INSERT")),
      `EXECUTE STATEMENT SET BEGIN\n${set.map((one) => `${one};`).join("\n\n")}\nEND`,
    ].map((one) =>
      one
        .replace("lib/sightline/checkpoints'", "lib/sightline/checkpoints/figures'")
        .replaceAll("'sightline.stream'", "'sightline.stream.figures'"),
    );
    expect(statementsOf(sql)).toEqual(own);
  });

  test("has no password in it, but where it comes from", async () => {
    const sql = await printed(["figures"], {
      KAFKA_TLS_ENABLED: "true",
      KAFKA_SASL_MECHANISM: "scram-sha-512",
      KAFKA_SASL_USERNAME: "flink",
      KAFKA_SASL_PASSWORD: "hunter2-kafka",
      DATABASE_URL: "postgres://me:hunter2-postgres@db:5432/shop?sslmode=require",
    });
    expect(sql).not.toContain("hunter2");
    expect(sql).toContain(`username="flink" password="\${env:KAFKA_SASL_PASSWORD}"`);
    expect(sql).toContain("'properties.security.protocol' = 'SASL_SSL'");
    expect(sql).toContain("'jdbc:postgresql://db:5432/shop?sslmode=require&user=me'");
  });

  test.for([
    ["db/shop", "db/shop"],
    ["me@db", "db/?user=me"],
    ["o'dd:x%40@[::1]:5432/a%20b?user=other", "[::1]:5432/a%20b?user=o%27dd"],
    ["me@db/shop?password=hunter2&sslmode=no-verify", "db/shop?sslmode=require&user=me"],
  ])("tells JDBC where postgres://%s is", async ([given, expected]) => {
    const sql = await printed(["figures"], { DATABASE_URL: `postgres://${given}` });
    expect(sql).toContain(`'url' = 'jdbc:postgresql://${expected}'`);
  });

  test("leaves folders as they are: Flink takes a %20 as three characters", async () => {
    const sql = await printed(["attributed", "--sinks", "parquet"], { DATA_DIR: "/it's a/50%20c" });
    expect(sql).toContain("SET 'execution.checkpointing.dir' = 'file:///it''s a/50%20c/stream/checkpoints/attributed'");
    expect(sql).toContain("'path' = 'file:///it''s a/50%20c/stream/attributed'");
  });

  test("takes a REST catalog where one is named", async () => {
    const sql = await printed(["tables"], { STREAM_CATALOG_URL: "https://catalog.example/v1", STREAM_WAREHOUSE: "shop" });
    expect(sql).toMatch(
      /'catalog-type' = 'rest',\n {2}'uri' = 'https:\/\/catalog\.example\/v1',\n {2}'token' = 'env:ICEBERG_TOKEN',\n {2}'warehouse' = 'shop'/,
    );
    expect(sql).not.toContain("JdbcCatalog");
  });

  test.for([
    [["nope"], {}, "no job nope: expected some of attributed, figures, tables"],
    [["attributed", "--sinks", "kafka,redis"], {}, "--sinks: expected some of kafka, iceberg, parquet, got redis"],
    [["figures"], {}, "DATABASE_URL: expected a value, since figures writes to Postgres"],
    [["figures"], { DATABASE_URL: "postgres:///shop?host=/tmp" }, "DATABASE_URL: expected a host"],
    [["tables"], {}, "DATABASE_URL or STREAM_CATALOG_URL: expected a value"],
    [
      ["attributed"],
      { EVENT_PUBLISHER: "local" },
      "EVENT_PUBLISHER: expected kafka or redpanda, which stream jobs read, got local",
    ],
    [["attributed,figures"], {}, "expected one job"],
  ] as const)("%j says what it expected", async ([args, env, expected]) => {
    const { code, err } = await sightline(["stream", "print", ...args], { ...KAFKA, ...env });
    expect([code, err]).toEqual([2, expect.stringContaining(expected)]);
  });
});

test("the Iceberg tables have the columns of the Parquet store, in its order and of its types", () => {
  const types: Record<string, string> = {
    VARCHAR: "STRING",
    TIMESTAMPTZ: "TIMESTAMP_LTZ(6)",
    INTEGER: "INT",
    "VARCHAR[]": "ARRAY<STRING>",
  };
  const flink = (duckdb: string): string => {
    const struct = /^STRUCT\((.*)\)\[\]$/.exec(duckdb)?.[1];
    if (struct === undefined) return types[duckdb] ?? duckdb;
    const members = struct.split(", ").map((member) => member.split(" ") as [string, string]);
    return `ARRAY<ROW<${members.map(([name, type]) => `${name} ${flink(type)}`).join(", ")}>>`;
  };
  const statements = statementsOf(sqlFile("iceberg-tables.sql")).map((statement) => statement.replaceAll("`", ""));
  for (const { name, columns } of TABLES) {
    const [, body] = statements
      .map((one) => new RegExp(`TABLE IF NOT EXISTS lake\\.sightline\\.${name} \\(([\\s\\S]*)\\) WITH`).exec(one))
      .find(Boolean)!;
    expect(
      body!
        .trim()
        .split(",\n")
        .map((line) => line.trim()),
    ).toEqual(columns.map((column) => `${column.name} ${flink(column.duckdb)}`));
  }
});

describe("statements are told apart", () => {
  test.for([
    ["a; b", ["a", "b"]],
    ["SELECT ';' -- ; not here\nFROM `a;b`;", ["SELECT ';' \nFROM `a;b`"]],
    ["SELECT 'it''s; so';\n", ["SELECT 'it''s; so'"]],
    [
      "EXECUTE STATEMENT SET BEGIN\nINSERT a;\nINSERT b;\nEND;\nSELECT 1",
      ["EXECUTE STATEMENT SET BEGIN\nINSERT a;\nINSERT b;\nEND", "SELECT 1"],
    ],
    [
      "BEGIN STATEMENT SET;\nINSERT a;\nINSERT b;\nEND;\nSELECT 1",
      ["BEGIN STATEMENT SET;\nINSERT a;\nINSERT b;\nEND", "SELECT 1"],
    ],
    ["/* don't; */SELECT /*+ H('a;b') */ 1/* two\nlines */+ 2;", ["SELECT /*+ H('a;b') */ 1 \n + 2"]],
    [" -- nothing\n;;", []],
  ] as const)("%j", ([sql, expected]) => expect(statementsOf(sql)).toEqual(expected));
});
