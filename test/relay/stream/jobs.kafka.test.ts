/** The stream jobs count as verify does: one run over real Kafka, into every sink, of logs whose figures are known. */
import { randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Kafka, logLevel } from "kafkajs";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, inject, test, vi } from "vitest";
import { openDuckDb } from "../../../relay/stores/duckdb/open.ts";
import { obtainFlink, SHORT_RUN } from "../../services/flink.ts";
import { fillKafka } from "../analysis/fill-kafka.ts";
import { type AnyEnvelope, fillArchive } from "../analysis/fill-sources.ts";
import { goldenFigures, goldenLog, goldenReport } from "../analysis/golden-log.ts";
import { missingLogs, obdEnvelopes, obdFigures } from "../analysis/obd.ts";
import { sightline } from "../cli/run.ts";

const [kafka, postgres] = [inject("kafka"), inject("postgres")];
const flink = "missing" in kafka ? kafka : "missing" in postgres ? postgres : await obtainFlink();
const missing = "missing" in flink ? flink.missing : missingLogs && `no logs at ${missingLogs}`;
const brokers = "brokers" in kafka ? kafka.brokers : "";

/** In an order that has nothing to do with time. */
const shuffled = <T>(some: readonly T[]): T[] =>
  some
    .map((one) => [Math.random(), one] as const)
    .toSorted(([a], [b]) => a - b)
    .map(([, one]) => one);

/** A click that was never published: its transaction is taken back. */
async function abortOne(prefix: string, like: AnyEnvelope): Promise<void> {
  const producer = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING }).producer({
    transactionalId: `${prefix}aborted`,
    maxInFlightRequests: 1,
    idempotent: true,
  });
  await producer.connect();
  const transaction = await producer.transaction();
  const value = JSON.stringify({ ...like, id: "never" });
  await transaction.send({ topic: `${prefix}${like.type}`, messages: [{ value }] });
  await transaction.abort();
  await producer.disconnect();
}

/** As senders write times that have libraries which end them so, and as the collector leaves them. */
const withOffset = (envelope: AnyEnvelope): AnyEnvelope => {
  const payload = JSON.stringify(envelope.payload).replace(/("timestamp":"[^"]*)Z"/, '$1+00:00"');
  return { ...envelope, payload: JSON.parse(payload) } as AnyEnvelope;
};

/** Of another tenant, with positions that no column has: stores refuse it, and a job that stops at it would stop for ever. */
function unplaced(envelope: AnyEnvelope): AnyEnvelope {
  const items = [3_000_000_000, null].map((position) => ({ item_id: "a", position }));
  const metadata = { ...envelope.metadata, tenant_id: "odd" };
  return { ...envelope, payload: { ...envelope.payload, items }, metadata } as unknown as AnyEnvelope;
}

const inFiles = async (sql: string) => {
  const duckDb = await openDuckDb();
  try {
    return (await duckDb.connection.runAndReadAll(sql)).getRowObjectsJson();
  } finally {
    duckDb.close();
  }
};

const joined = (log: "bts" | "random") =>
  Object.entries(obdFigures[log].by_position).map(([position, { clicks }]) => [`obd.men-${log}`, Number(position), clicks]);

describe.skipIf(missing !== undefined)(`stream jobs${missing === undefined ? "" : `: ${missing}`}`, () => {
  const dataDir = mkdtempSync(join(tmpdir(), "sightline-stream-test-"));
  const prefix = `stream-${randomUUID()}.`;
  let client: Client;
  let env: NodeJS.ProcessEnv;
  let ran: { code: number; err: string };
  const inPostgres = async (sql: string) => (await client.query(sql)).rows;

  beforeAll(async () => {
    client = new Client({ connectionString: (postgres as { url: string }).url });
    await client.connect();
    const database = `stream_${randomUUID().replaceAll("-", "")}`;
    await client.query(`CREATE DATABASE ${database}`);
    await client.end();
    const url = new URL((postgres as { url: string }).url);
    url.pathname = database;
    client = new Client({ connectionString: url.href });
    await client.connect();
    const logs = [...(await obdEnvelopes("bts")), ...(await obdEnvelopes("random")), ...goldenLog.map(withOffset)];
    logs.push(unplaced(logs.find(({ event_type }) => event_type === "exposure")!));
    env = { ...(await fillKafka(brokers, prefix, shuffled([...logs, ...logs]))), DATABASE_URL: url.href, DATA_DIR: dataDir };
    await abortOne(
      prefix,
      logs.find(({ event_type }) => event_type === "click")!,
    );
    vi.stubEnv("JDK_JAVA_OPTIONS", SHORT_RUN);
    ran = await sightline(["stream", "run", "attributed,figures,tables", "--sinks", "kafka,iceberg,parquet,postgres", "--once"], {
      ...env,
      DATABASE_URL: url.href,
      DATA_DIR: dataDir,
    });
  }, 300_000);
  afterAll(async () => {
    await client.end();
    rmSync(dataDir, { recursive: true, force: true });
  });

  test("have a plan that passes the check, of the brokers too", async () => {
    const { code, out } = await sightline(["stream", "check", "attributed", "--sinks", "kafka,iceberg,parquet", "--json"], {
      EVENT_PUBLISHER: "kafka",
      KAFKA_BROKERS: brokers,
      DATABASE_URL: "postgres://nobody@127.0.0.1:1/none",
      DATA_DIR: dataDir,
    });
    expect([code, JSON.parse(out).filter(({ verdict }: { verdict: string }) => verdict !== "ok")]).toEqual([0, []]);
    expect(out).toContain("one interval join, copies are removed");
  });

  test("end well", () => expect(ran).toMatchObject({ code: 0 }));

  test("keep no checkpoint when they read once, so that a run without an end is not held to theirs", () => {
    expect(existsSync(join(dataDir, "stream", "warehouse"))).toBe(true);
    expect(existsSync(join(dataDir, "stream", "checkpoints"))).toBe(false);
  });

  const allJoined = [...joined("bts"), ...joined("random")];
  const BY_POSITION = `SELECT surface, position, count(*) AS n FROM FILES WHERE tenant_id = 'demo' GROUP BY ALL ORDER BY ALL`;

  test.for([
    ["Parquet", "stream/attributed/part-*"],
    ["Iceberg, by its files", "stream/warehouse/sightline/attributed/data/*.parquet"],
  ])("join the outcomes of Open Bandit exactly, though each event comes twice and in no order: %s", async ([, files]) => {
    const rows = await inFiles(BY_POSITION.replace("FILES", `read_parquet('${join(dataDir, files!)}')`));
    expect(rows.map(({ surface, position, n }) => [surface, position, Number(n)])).toEqual(allJoined);
  });

  test("the same to a reader of Kafka that reads what is committed, each outcome once", async () => {
    const consumer = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING }).consumer({ groupId: prefix });
    await consumer.connect();
    await consumer.subscribe({ topic: `${prefix}rec.outcome.attributed.v1`, fromBeginning: true });
    const seen: Record<string, unknown>[] = [];
    const total = allJoined.reduce((sum, [, , n]) => sum + (n as number), goldenFigures.joined);
    await new Promise<void>((resolve) => {
      void consumer.run({
        eachMessage: async ({ message }) => {
          seen.push(JSON.parse(message.value!.toString()));
          if (seen.length === total) resolve();
        },
      });
    });
    await consumer.disconnect();
    expect(new Set(seen.map(({ tenant_id, key_kind, event_id }) => `${tenant_id} ${key_kind} ${event_id}`)).size).toBe(total);
    expect(seen.filter(({ event_id }) => event_id === "never")).toEqual([]);
  });

  test("keep every event in Iceberg: verify gives the figures of both logs, and of the golden one beside them", async () => {
    const { code, out, err } = await sightline(["verify", "--source", "iceberg", "--json"], env);
    expect([code, err]).toEqual([0, ""]);
    const { scopes, ...whole } = JSON.parse(out);
    expect(whole).toMatchObject({
      exposures: 20_000 + goldenFigures.exposures,
      joined: 69 + 46 + goldenFigures.joined,
      orphans: goldenFigures.orphans,
      decisions: goldenFigures.decisions,
    });
    for (const log of ["bts", "random"] as const) {
      const scope = scopes.find(({ surface }: { surface: string }) => surface === `obd.men-${log}`);
      expect(scope).toMatchObject(obdFigures[log]);
    }
  });

  test("go on from the files of a store: import brings them into the tables, once, with the same figures", async () => {
    const fresh = `stream_${randomUUID().replaceAll("-", "")}`;
    await client.query(`CREATE DATABASE ${fresh}`);
    const [archive, own] = [join(dataDir, "archive"), join(dataDir, "import")];
    await fillArchive(archive, goldenLog);
    const to = { ...env, DATABASE_URL: env["DATABASE_URL"]!.replace(/[^/]*$/, fresh), DATA_DIR: own, ARCHIVE_URL: archive };
    expect(await sightline(["stream", "import"], to)).toMatchObject({
      code: 0,
      out: expect.stringContaining("sightline.rejects: 1 file"),
    });
    const { out } = await sightline(["verify", "--source", "iceberg", "--json"], to);
    const { source: _, ...report } = JSON.parse(out);
    expect(report).toMatchObject(goldenReport);
    const again = await sightline(["stream", "import"], to);
    expect(again).toMatchObject({ code: 1, err: expect.stringContaining("sightline.events has rows already") });
  });

  test("count CTR by position in Postgres as verify does", async () => {
    const rows = await inPostgres(
      "SELECT surface, position, sum(exposures)::int AS exposures, sum(clicks)::int AS clicks FROM exp.stream_ctr_by_position WHERE tenant_id = 'demo' GROUP BY 1, 2 ORDER BY 1, 2",
    );
    const expected = (["bts", "random"] as const).flatMap((log) =>
      Object.entries(obdFigures[log].by_position).map(([position, { exposures, clicks }]) => ({
        surface: `obd.men-${log}`,
        position: Number(position),
        exposures,
        clicks,
      })),
    );
    expect(rows).toEqual(expected);
  });

  test("give the figures of the golden log", async () => {
    const sums = "sum(exposures)::int AS exposures, sum(clicks)::int AS clicks, sum(clicks - clicked)::int AS repeated_clicks";
    const byPosition = await inPostgres(
      `SELECT position, ${sums} FROM exp.stream_ctr_by_position WHERE tenant_id <> 'demo' GROUP BY 1 ORDER BY 1`,
    );
    expect(Object.fromEntries(byPosition.map(({ position, ...rates }) => [position, rates]))).toEqual(goldenFigures.by_position);
    const byVariant = await inPostgres(`SELECT variant_id, ${sums} FROM exp.stream_ctr_by_variant GROUP BY 1 ORDER BY 1`);
    expect(byVariant).toEqual(goldenReport.by_variant);
    const outcomes = await inPostgres(
      "SELECT event_type, sum(outcomes)::int AS outcomes, sum(joined)::int AS joined FROM exp.stream_outcomes WHERE tenant_id <> 'demo' GROUP BY 1 ORDER BY 1",
    );
    expect(Object.fromEntries(outcomes.map(({ event_type, outcomes: n }) => [event_type, n]))).toEqual(goldenFigures.outcomes);
    expect(outcomes.reduce((sum, { joined: n }) => sum + n, 0)).toBe(goldenFigures.joined);
    const [{ n } = {}] = await inFiles(
      `SELECT count(*) AS n FROM read_parquet('${join(dataDir, "stream/attributed/part-*")}') WHERE tenant_id <> 'demo'`,
    );
    expect(Number(n)).toBe(goldenFigures.joined);
  });
});
