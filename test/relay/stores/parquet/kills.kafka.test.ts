/** A real log through Kafka into Parquet, while the store is killed and members come and go: the log's own figures, exactly. */
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, inject, test, vi } from "vitest";
import { logEvents } from "../../../../demo/replay/log-events.ts";
import { checkLog } from "../../../../demo/replay/log-file.ts";
import { openArchive } from "../../../../relay/stores/archive/open-archive.ts";
import { kafkaServiceBus } from "../../../services/bus-of.ts";
import { openLed } from "../../../services/open-led.ts";
import { startSightlineProcess } from "../../cli/run-process.ts";

const LOG = "../shared/data/obd/men-bts.csv";
const kafka = inject("kafka");
const missing = [...("missing" in kafka ? [kafka.missing] : []), ...(existsSync(LOG) ? [] : [`${LOG} is not there`])];
const brokers = "brokers" in kafka ? kafka.brokers : "";
/** More by SIGHTLINE_STORE_KILLS. */
const KILLS = Number(process.env["SIGHTLINE_STORE_KILLS"] ?? 3);
const PATIENCE = { timeout: 90_000, interval: 300 };

const TYPES: Readonly<Record<string, string>> = { exposure: "rec.exposure.recorded.v1", click: "rec.outcome.recorded.v1" };

describe.skipIf(missing.length > 0)(`kill -9 of the Parquet store${missing.map((reason) => `: ${reason}`).join("")}`, () => {
  let dataDir: string;
  const prefix = `t${randomUUID().slice(0, 8)}.`;
  const env = { KAFKA_BROKERS: brokers, KAFKA_TOPIC_PREFIX: prefix, KAFKA_TOPIC_PARTITIONS: "3" };
  beforeAll(async () => void (dataDir = await mkdtemp(join(tmpdir(), "sightline-kills-"))));
  afterAll(() => rm(dataDir, { recursive: true, force: true }));

  const settings = () => ({
    ...env,
    EVENT_PUBLISHER: "kafka",
    DATA_DIR: dataDir,
    KAFKA_CONSUMER_SESSION_TIMEOUT_MS: "6000",
    KAFKA_CONSUMER_HEARTBEAT_INTERVAL_MS: "300",
    STORE_PARQUET_BATCH_ROWS: "400",
    STORE_PARQUET_BATCH_SECONDS: "1",
  });

  async function query(sql: string): Promise<unknown[]> {
    const archive = await openArchive({ url: join(dataDir, "archive"), cacheDir: join(dataDir, "cache") });
    try {
      return (await archive.connection.runAndReadAll(sql)).getRowsJson();
    } finally {
      archive.close();
    }
  }

  /** Publishes the log's events, out of their order, a part at a time. */
  async function publish(): Promise<number> {
    const bus = kafkaServiceBus(env);
    await openLed(
      bus,
      brokers,
      Object.values(TYPES).map((type) => prefix + type),
    );
    const log = await checkLog(LOG, () => {});
    const records = [];
    for await (const event of logEvents(LOG).eventsOf(log.read())) {
      const { event_id: id, event_type, timestamp } = event as { event_id: string; event_type: string; timestamp: string };
      const type = TYPES[event_type]!;
      const known = { occurred_at: timestamp, received_at: timestamp, source: "test", metadata: { tenant_id: "t1", flags: [] } };
      const value = Buffer.from(JSON.stringify({ id, type, event_type, payload: event, ...known }));
      records.push({ topic: prefix + type, key: String((event as { request_id: string }).request_id), value, headers: {} });
    }
    const shuffled = records.toSorted((a, b) => (a.key < b.key ? -1 : 1));
    for (let at = 0; at < shuffled.length; at += 500) {
      await bus.publish({ number: 0, records: shuffled.slice(at, at + 500) });
      await sleep(KILLS * 70);
    }
    await bus.close();
    return records.length;
  }

  test("again and again in the middle, with a second member that comes and goes, leaves each event once", async () => {
    const publishing = publish();
    let second: ReturnType<typeof startSightlineProcess> | undefined;
    for (let kill = 0; kill < KILLS; kill++) {
      const store = startSightlineProcess(["store", "parquet"], settings());
      if (kill % 3 === 0) second = startSightlineProcess(["store", "parquet"], settings());
      // A while that is another one each time: into its start, into its work.
      await sleep(1_500 + (kill % 5) * 400);
      store.child.kill("SIGKILL");
      await store.exited;
      if (kill % 3 !== 1) continue;
      second?.child.kill("SIGTERM");
      await second?.exited;
      second = undefined;
    }
    const published = await publishing;
    const last = startSightlineProcess(["store", "parquet"], settings());
    try {
      await vi.waitFor(async () => expect(await query("SELECT count(*) FROM events")).toEqual([[String(published)]]), PATIENCE);
    } finally {
      for (const one of [last, second]) one?.child.kill("SIGTERM");
      await Promise.all([last.exited, second?.exited]);
    }
    expect(await query("SELECT count(*), count(DISTINCT event_id) FROM events")).toEqual([["10069", "10069"]]);
    const byPosition = `
      SELECT seen.items[1].position AS position, count(*), count(click.event_id) FROM events AS seen
      LEFT JOIN events AS click ON click.event_type = 'click' AND click.request_id = seen.request_id AND click.item_id = seen.items[1].item_id
      WHERE seen.event_type = 'exposure' GROUP BY ALL ORDER BY ALL`;
    expect(await query(byPosition)).toEqual([
      [1, "3339", "30"],
      [2, "3262", "21"],
      [3, "3399", "18"],
    ]);
  }, 240_000);
});
