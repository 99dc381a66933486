import { kafkaBus } from "../services/bus-of.ts";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test, vi } from "vitest";
import { type RelayProcess, startRelayProcess } from "../../dev/relay-process.ts";
import { allTopics } from "../../relay/bus/port/topics.ts";
import { readConfig } from "../../relay/service/settings/config.ts";
import { readCounters } from "../../relay/state/counters.ts";
import { type Kafka, startKafka } from "../services/kafka.ts";
import { runQueue } from "./local-queue.ts";
import { deliver, envelope, message, pack } from "./queue.ts";

const RELAY_TOKEN = "a-token-for-the-tests";
const service = inject("kafka");

/** What is on the bus is counted a moment later. */
const COUNTED = { timeout: 10_000 };

const packs = (ids: string[]) => new Map(ids.map((id) => [`m-${id}`, pack([envelope({ id })])]));

describe.skipIf("missing" in service)(`a relay whose broker dies, on ${"missing" in service ? service.missing : "Kafka"}`, () => {
  let kafka: Kafka;
  let folder: string;
  let relay: RelayProcess;
  let settings: NodeJS.ProcessEnv;

  beforeAll(async () => void (kafka = await startKafka()));
  afterAll(() => kafka?.stop());
  beforeEach(async ({ task }) => {
    folder = await mkdtemp(join(tmpdir(), "sightline-outage-"));
    settings = {
      RELAY_TOKEN,
      RELAY_PORT: "0",
      DATA_DIR: folder,
      LOG_LEVEL: "silent",
      EVENT_PUBLISHER: "kafka",
      KAFKA_BROKERS: kafka.brokers,
      KAFKA_TOPIC_PREFIX: `t${task.id.replaceAll(/\W/g, "")}.`,
      KAFKA_CLIENT_ID: `t${task.id.replaceAll(/\W/g, "")}`,
      EVENT_BUS_CIRCUIT_BREAKER_FAILURE_THRESHOLD: "2",
      EVENT_BUS_CIRCUIT_BREAKER_TIMEOUT_SECONDS: "1",
    };
  });
  afterEach(async () => {
    await relay.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const ready = async () => (await fetch(`${relay.url}/readyz`)).status;
  const onBus = async (): Promise<Record<string, string[]>> => {
    const { topics } = readConfig(settings).bus;
    const bus = kafkaBus(settings);
    const records = await Array.fromAsync(bus.read({ topics: allTopics(topics) }));
    await bus.close();
    return Object.fromEntries(
      Object.entries(Object.groupBy(records, ({ topic }) => topic)).map(([topic, all = []]) => [
        topic.replace(topics.prefix, ""),
        all.map(({ headers }) => headers["event_id"] ?? "").toSorted(),
      ]),
    );
  };
  const fates = () => Object.fromEntries((readCounters(folder) ?? []).map(({ fate, n }) => [fate, n]));

  test("started before Kafka, it listens, refuses with Retry-After and says why, and takes when Kafka is there", async () => {
    await kafka.kill();
    relay = await startRelayProcess({ env: settings, log: "ignore" });
    expect((await fetch(`${relay.url}/livez`)).status).toBe(200);
    await vi.waitFor(async () => expect(await (await fetch(`${relay.url}/readyz`)).text()).toContain(kafka.brokers), 20_000);
    expect(await ready()).toBe(503);
    const answer = await deliver(relay.url, RELAY_TOKEN, [message("m", pack([envelope({ id: "early-001" })]))]);
    expect(answer.status).toBe(503);
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
    const ids = ["early-001", "early-002", "early-003"];
    const queue = runQueue({ url: () => relay.url, token: RELAY_TOKEN, messages: packs(ids) });
    await kafka.start();
    await queue;
    expect(await ready()).toBe(200);
    expect(await onBus()).toEqual({ "rec.exposure.recorded.v1": ids });
    await vi.waitFor(() => expect(fates()).toEqual({ taken: 3, delivered: 3 }), COUNTED);
  });

  test("told to stop while Kafka is down, it ends in order", async () => {
    relay = await startRelayProcess({ env: settings, log: "ignore" });
    await vi.waitFor(async () => expect(await ready()).toBe(200), 20_000);
    await kafka.kill();
    const answer = deliver(relay.url, RELAY_TOKEN, [message("m", pack([envelope({ id: "stopped-01" })]))]);
    const status = answer.then((response) => response.status);
    await vi.waitFor(() => expect(fates()).toEqual({ taken: 1 }), 20_000);
    expect(await relay.stop()).toBe(0);
    expect(await status).toBe(503);
    expect(fates()).not.toHaveProperty("delivered");
    await kafka.start();
  });
});
