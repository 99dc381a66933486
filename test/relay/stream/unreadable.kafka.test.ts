/** Records on the topics that no collector of ours wrote, under the stream jobs. */
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Kafka, logLevel } from "kafkajs";
import { Client } from "pg";
import { afterAll, describe, expect, inject, test, vi } from "vitest";
import { obtainFlink, SHORT_RUN } from "../../services/flink.ts";
import { freshDatabase } from "../../services/postgres.ts";
import { fillKafka } from "../analysis/fill-kafka.ts";
import { goldenFigures, goldenLog } from "../analysis/golden-log.ts";
import { sightline } from "../cli/run.ts";

const [kafka, postgres] = [inject("kafka"), inject("postgres")];
const flink = "missing" in kafka ? kafka : "missing" in postgres ? postgres : await obtainFlink();
const missing = "missing" in flink ? flink.missing : undefined;
const brokers = "brokers" in kafka ? kafka.brokers : "";
const dataDir = mkdtempSync(join(tmpdir(), "sightline-unreadable-"));
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

/** No JSON, times of another zone, a list in an object's place. */
async function sendForeign(prefix: string): Promise<void> {
  const producer = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING }).producer();
  await producer.connect();
  for (const type of ["exposure", "click"]) {
    const event = goldenLog.find(({ event_type }) => event_type === type)!;
    const late = { ...event, id: "late", occurred_at: "2026-05-04T12:00:00+02:00" };
    const messages = ["no JSON", JSON.stringify(late), JSON.stringify({ ...late, payload: [event.payload] })];
    await producer.send({ topic: `${prefix}${event.type}`, messages: messages.map((value) => ({ value })) });
  }
  await producer.disconnect();
}

async function rowsOf(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  return (await client.query(sql).finally(() => client.end())).rows;
}

describe.skipIf(missing !== undefined)(`stream jobs${missing === undefined ? "" : `: ${missing}`}`, () => {
  test("pass over records that are no events, where they are told to, and lose nothing beside them", async () => {
    const prefix = `unreadable-${randomUUID()}.`;
    const published = await fillKafka(brokers, prefix, goldenLog);
    const env = { ...published, DATABASE_URL: await freshDatabase((postgres as { url: string }).url) };
    await sendForeign(prefix);
    await fillKafka(brokers, prefix, goldenLog);
    vi.stubEnv("JDK_JAVA_OPTIONS", SHORT_RUN);
    const passing = { ...env, DATA_DIR: dataDir, STREAM_PASS_UNREADABLE: "true" };
    const ran = await sightline(["stream", "run", "attributed,figures", "--sinks", "kafka,postgres", "--once"], passing);
    expect(ran).toMatchObject({ code: 0 });
    const { joined, orphans } = goldenFigures;
    const sums = "SELECT sum(outcomes)::int AS outcomes, sum(joined)::int AS joined FROM exp.stream_outcomes";
    expect(await rowsOf(env.DATABASE_URL, sums)).toEqual([{ outcomes: joined + orphans, joined }]);
    const { out } = await sightline(["verify", "--source", "kafka"], env);
    expect(out).toContain("4 records are no events, and not counted");
  }, 180_000);
});
