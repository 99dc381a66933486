/** The same packs on every bus: what a consumer reads does not tell which bus it came over. */
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { StoredRecord } from "../../relay/bus/port/bus.ts";
import { readPack } from "../../worker/src/envelope/pack.ts";
import { type PutEntry, refuseSome } from "../services/kinesis-proxy.ts";
import { content, forward, isDead, lanes, recorded, valuesById } from "./recorded-packs.ts";
import { kinesisBehindProxy, kinesisSettings } from "../services/kinesis-stream.ts";

const kafka = inject("kafka");
const moto = inject("moto");

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
