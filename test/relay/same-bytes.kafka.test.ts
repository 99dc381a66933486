/** The same packs on every bus: what a consumer reads does not tell which bus it came over. */
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test, vi } from "vitest";
import type { StoredRecord } from "../../relay/bus/port/bus.ts";
import { createReadableBus } from "../../relay/bus/create.ts";
import { allTopics } from "../../relay/bus/port/topics.ts";
import { readConfig } from "../../relay/service/settings/config.ts";
import { originalOf } from "../../relay/bus/records/dead-letter-record.ts";
import { runRelay } from "../../relay/service/main.ts";
import { type DeliveryMessage, writeDelivery } from "../../worker/src/envelope/delivery.ts";
import { readPack } from "../../worker/src/envelope/pack.ts";
import { type PutEntry, refuseSome } from "../services/kinesis-proxy.ts";
import { kinesisBehindProxy, kinesisSettings } from "../services/kinesis-stream.ts";
import { deliveryInput, wireText } from "../wire/load.ts";
import { envelope, message, pack } from "./queue.ts";

const RELAY_TOKEN = "a-token-for-the-tests";
const kafka = inject("kafka");
const moto = inject("moto");

/** The recorded packs, bodies that are no pack, and 600 events of 20 keys; one of them under the id of another. */
function recorded(): DeliveryMessage[] {
  const golden = ["pack.txt", "pack-rejects.txt", "pack-gzip.txt"].map((name) => message(name, wireText(name)));
  const events = Array.from({ length: 600 }, (_, n) =>
    envelope({
      id: `event-${n}`,
      request_id: `req-${n}`,
      partition_key: `key-${n % 20}`,
      event_type: n % 3 ? "exposure" : "click",
    }),
  );
  const packs = Array.from({ length: 12 }, (_, n) => message(`pack-${n}`, pack(events.slice(n * 50, n * 50 + 50))));
  const conflict = message("conflict", pack([envelope({ id: "event-7", content_hash: "1".repeat(32) })]));
  return [...golden, ...deliveryInput().messages.slice(1), ...packs, conflict];
}

/**
 * Everything on the bus after a relay by these settings took the packs. What is durable may be shown to readers a moment later, so it is read
 * until there are `atLeast` so many.
 */
async function forward(env: NodeJS.ProcessEnv, folder: string, atLeast = 0): Promise<StoredRecord[]> {
  const settings = { RELAY_TOKEN, RELAY_PORT: "0", DATA_DIR: join(folder, randomUUID()), LOG_LEVEL: "silent", ...env };
  const relay = await runRelay(settings);
  try {
    const url = `http://127.0.0.1:${relay.port}`;
    await vi.waitUntil(async () => (await fetch(`${url}/readyz`)).ok, 30_000);
    const headers = { authorization: `Bearer ${RELAY_TOKEN}` };
    const messages = recorded();
    const body = writeDelivery({ queue: "events", messages });
    const answer = await fetch(`${url}/v1/deliveries`, { method: "POST", headers, body });
    expect(await answer.json()).toEqual({ verdicts: messages.map(({ id }) => ({ id, verdict: "ack" })) });
  } finally {
    await relay.stop();
  }
  const config = readConfig(settings).bus;
  const bus = await createReadableBus(config);
  const read = await vi.waitFor(async () => {
    const found = await Array.fromAsync(bus.read({ topics: allTopics(config.topics) }));
    expect(found.length).toBeGreaterThanOrEqual(atLeast);
    return found;
  }, 30_000);
  await bus.close();
  const withoutPrefix = (topic: string): string => topic.slice(config.topics.prefix.length);
  return read.map((found) => ({ ...found, topic: withoutPrefix(found.topic) }));
}

const isDead = ({ topic }: StoredRecord): boolean => topic.endsWith(".dlq");
const byText = <T>(all: T[]): T[] => all.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
/** Each record but for where and when the bus had it; what the relay adds to a dead letter has times of its own. */
const content = (records: StoredRecord[]): object[] =>
  byText(
    records.map((found) => {
      const { topic, key, headers, value } = found;
      return { topic, key, headers, value: isDead(found) ? originalOf(value.toString()).original : value.toString("base64") };
    }),
  );
const lanes = (records: StoredRecord[]): [string, string[]][] =>
  byText(
    [...Map.groupBy(records, ({ topic, key }) => `${topic} ${key}`)].map(([lane, all]) => [
      lane,
      all.map(({ value }) => String(value)),
    ]),
  );

const valuesById = (records: StoredRecord[]): Record<string, string> =>
  Object.fromEntries(records.filter((found) => !isDead(found)).map(({ headers, value }) => [headers["event_id"], String(value)]));

const lacking = [kafka, moto].flatMap((service) => ("missing" in service ? [service.missing] : []));

describe.skipIf(lacking.length > 0)(`the same packs on local, Kafka, and Kinesis ${lacking.join(", ")}`, () => {
  let folder: string;
  let kinesis: Awaited<ReturnType<typeof kinesisBehindProxy>>;
  const on: Record<"local" | "kafka" | "kinesis", StoredRecord[]> = { local: [], kafka: [], kinesis: [] };
  const refused = new Set<string>();

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "sightline-same-"));
    if ("missing" in kafka || "missing" in moto) return;
    kinesis = await kinesisBehindProxy(moto);
    let seen = 0;
    const isRefused = ({ Data }: PutEntry): boolean =>
      ++seen % 10 === 0 && !refused.has(Data) && refused.size < refused.add(Data).size;
    kinesis.proxy.play = (call) => (call.operation === "PutRecords" ? refuseSome(call, isRefused) : call.forward());
    const place = `t${randomUUID().slice(0, 8)}.`;
    const onKafka = { EVENT_PUBLISHER: "kafka", KAFKA_BROKERS: kafka.brokers, KAFKA_TOPIC_PREFIX: place, KAFKA_CLIENT_ID: place };
    on.local = await forward({}, folder);
    on.kafka = await forward(onKafka, folder, on.local.length);
    on.kinesis = await forward(kinesisSettings(kinesis.proxy.url), folder, on.local.length);
  });
  afterAll(async () => {
    await kinesis?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  test("an event's value is the same bytes on each, and those of its pack", () => {
    const packed = recorded().flatMap(({ id, body }) => (id.includes("pack") ? readPack(body).lines : []));
    const expected = Object.fromEntries(packed.map((line) => [(JSON.parse(line) as { id: string }).id, line]));
    expect(Object.keys(expected).length).toBeGreaterThan(600);
    for (const records of Object.values(on)) expect(valuesById(records)).toEqual(expected);
  });

  test("so are topic, key and headers, and those and the original of each dead letter", () => {
    expect(on.local.filter(isDead).length).toBeGreaterThan(1);
    expect(content(on.kafka)).toEqual(content(on.local));
    expect(content(on.kinesis)).toEqual(content(on.local));
  });

  test("with every tenth record refused once by Kinesis, each event is there once, in order of its key", () => {
    const live = on.kinesis.filter((found) => !isDead(found));
    expect(refused.size).toBeGreaterThanOrEqual(55);
    expect(new Set(live.map(({ headers }) => headers["event_id"])).size).toBe(live.length);
    expect(lanes(live)).toEqual(lanes(on.local.filter((found) => !isDead(found))));
  });
});
