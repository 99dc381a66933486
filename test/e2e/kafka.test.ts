/** The whole way on real parts: Chromium -> workerd -> its queue -> relay -> Kafka -> a consumer, event by event. */
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type EachMessagePayload, Kafka, logLevel } from "kafkajs";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { type Collector, startCollector } from "../services/collector.ts";
import { type RelayProcess, startRelayProcess } from "../../dev/relay-process.ts";
import { readCounters } from "../../relay/state/counters.ts";
import type { Envelope } from "../../worker/src/envelope/envelope.ts";
import { type Site, startSite } from "../client/stage/site.ts";
import { PATIENCE } from "../client/stage/stage.ts";
import { chromiumService } from "../services/chromium.ts";
import { sharedChromium, type SharedChromium } from "../services/shared-chromium.ts";
import { untilReady } from "../services/until-ready.ts";

const kafka = inject("kafka");
const chromium = await chromiumService();
const missing = [kafka, chromium].flatMap((service) => ("missing" in service ? [service.missing] : [])).join("; ");

/** A message as the consumer had it. */
interface Received {
  topic: string;
  partition: number;
  key: string;
  headers: Record<string, string>;
  envelope: Envelope;
}

/** What the page itself says that it did, told apart from the SDK. */
interface Told {
  request_id: string;
  exposed: string[];
  clicked: string[];
  bought: string[];
}

const prefix = `e2e-${randomUUID()}.`;
const dataDir = mkdtempSync(join(tmpdir(), "sightline-e2e-"));
const token = randomUUID();
const received: Received[] = [];
let relay: RelayProcess;
let collector: Collector;
let site: Site;
let browser: SharedChromium;
/** Starts the relay on this file's topics and state. */
const startRelay = (port: string): Promise<RelayProcess> => {
  const brokers = (kafka as { brokers: string }).brokers;
  const bus = { EVENT_PUBLISHER: "kafka", KAFKA_BROKERS: brokers, KAFKA_TOPIC_PREFIX: prefix, RELAY_SLOT: prefix.slice(0, 12) };
  return startRelayProcess({ env: { ...bus, DATA_DIR: dataDir, RELAY_TOKEN: token, RELAY_PORT: port }, log: "ignore" });
};
let stopConsumer = async (): Promise<void> => {};

/** A consumer that knows nothing of Sightline but its topics. */
async function consume(brokers: string): Promise<void> {
  const client = new Kafka({ clientId: "e2e", brokers: [brokers], logLevel: logLevel.NOTHING });
  const consumer = client.consumer({ groupId: `${prefix}consumer`, readUncommitted: false, maxWaitTimeInMs: 100 });
  stopConsumer = () => consumer.disconnect();
  await consumer.connect();
  const recorded = ["rec.decision.made.v1", "rec.exposure.recorded.v1", "rec.outcome.recorded.v1"];
  const topics = [...recorded, "edge.event.rejected.v1", "edge.client.reported.v1"];
  await consumer.subscribe({ topics: topics.map((topic) => prefix + topic), fromBeginning: true });
  await consumer.run({ eachMessage: async (payload) => void received.push(toReceived(payload)) });
}

function toReceived({ topic, partition, message }: EachMessagePayload): Received {
  const headers = Object.entries(message.headers ?? {}).map(([name, value]) => [name, String(value)]);
  return {
    topic: topic.slice(prefix.length),
    partition,
    key: String(message.key),
    headers: Object.fromEntries(headers),
    envelope: JSON.parse(String(message.value)) as Envelope,
  };
}

const ofSurface = (surface: string): Received[] => received.filter(({ envelope }) => envelope.payload.surface === surface);
const exposedItems = (surface: string): string[] =>
  ofSurface(surface).flatMap(({ envelope }) =>
    envelope.event_type === "exposure" ? (envelope.payload.items ?? []).map(({ item_id }) => item_id) : [],
  );

/** Visits the page as a user would: five items in view, two far below; looks, clicks one, scrolls, buys, leaves. */
async function visit(surface: string): Promise<Told> {
  const page = await browser.context.newPage();
  await page.goto(`${site.url}/`);
  const told = await page.evaluate(
    async ([endpoint, name]) => {
      const tracker = createTracker({
        endpoint: endpoint!,
        writeKey: "wk_demo",
        unit: { type: "user", id: "u_1" },
        flushInterval: 100,
      });
      globalThis.tracker = tracker;
      const request = (globalThis.request = tracker.request({ surface: name! }));
      const items = ["a", "b", "c", "d", "e", "x", "y"].map((itemId, index) => ({ itemId, position: index + 1 }));
      request.decision(items);
      const room = document.querySelector("#room")!;
      for (const item of items) {
        const element = document.createElement("div");
        element.id = item.itemId;
        element.style.cssText = "height:60px;width:200px";
        element.textContent = item.itemId;
        if (item.itemId === "x") element.style.marginTop = "2000px";
        room.append(element);
        request.observe(element, item);
        element.addEventListener("click", () => request.outcome("click", { itemId: item.itemId, position: item.position }));
      }
      return { request_id: request.id, exposed: ["a", "b", "c", "d", "e"], clicked: ["b"], bought: ["b"] };
    },
    [collector.url, surface],
  );
  await expect.poll(() => exposedItems(surface), PATIENCE).toHaveLength(5);
  await page.click("#b");
  await page.evaluate(() => request.outcome("purchase", { itemId: "b", metrics: { value: 12.5 } }));
  await page.close({ runBeforeUnload: true });
  return told;
}

/** The relay's counters, summed by fate. */
function settled(): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { fate, n } of readCounters(dataDir) ?? []) sums[fate] = (sums[fate] ?? 0) + n;
  return sums;
}

describe.skipIf(missing !== "")(`from a browser to a Kafka consumer${missing && `: ${missing}`}`, () => {
  beforeAll(async () => {
    relay = await startRelay("0");
    await untilReady(relay.url);
    collector = await startCollector({ relayUrl: relay.url, relayToken: token, vars: { RETRY_DELAY_MAX_SECONDS: 1 } });
    [site, browser] = await Promise.all([startSite(), sharedChromium()]);
    await consume((kafka as { brokers: string }).brokers);
  });
  afterAll(async () => {
    await Promise.all([browser?.close(), stopConsumer(), site?.close()]);
    await collector?.close();
    await relay?.stop();
    rmSync(dataDir, { recursive: true });
  });

  test("what a visitor saw and did arrives once, joined by its request, in the order it happened", async () => {
    const told = await visit("e2e.visit");
    await expect
      .poll(() => ofSurface("e2e.visit").filter(({ envelope }) => envelope.event_type === "purchase"), PATIENCE)
      .toHaveLength(1);
    const all = ofSurface("e2e.visit");
    expect(exposedItems("e2e.visit").toSorted()).toEqual(told.exposed);
    const outcomes = all.filter(({ topic }) => topic === "rec.outcome.recorded.v1").map(({ envelope }) => envelope);
    expect(outcomes.map(({ event_type, payload }) => [event_type, payload.item_id, payload.request_id])).toEqual([
      ["click", "b", told.request_id],
      ["purchase", "b", told.request_id],
    ]);
    expect(outcomes[1]?.payload.metrics).toEqual({ value: 12.5 });
    expect(new Set(all.map(({ envelope }) => envelope.id)).size).toBe(all.length);
    expect(new Set(all.map(({ key }) => key))).toEqual(new Set([told.request_id]));
    expect(new Set(all.filter(({ topic }) => topic.startsWith("rec.")).map(({ partition }) => partition)).size).toBe(1);
  });

  test("each message has the headers that its envelope says, and the tenant of its write key", async () => {
    await visit("e2e.headers");
    await expect.poll(() => ofSurface("e2e.headers").length, PATIENCE).toBeGreaterThanOrEqual(3);
    for (const { headers, envelope } of ofSurface("e2e.headers")) {
      expect(headers).toEqual({
        event_id: envelope.id,
        event_type: envelope.event_type,
        "content-type": "application/json",
        traceparent: expect.stringContaining(envelope.trace_id),
        tenant_id: "demo",
        key_kind: "web",
        schema: `${envelope.event_type}@1`,
      });
      expect(envelope.metadata).toMatchObject({ tenant_id: "demo", partition_key: envelope.payload.request_id });
      expect(envelope.payload.unit_id).toBe("u_1");
    }
  });

  test("a bad event in a batch arrives as a rejection, and the good ones as themselves", async () => {
    const good = {
      event_type: "click",
      timestamp: new Date().toISOString(),
      unit_type: "user",
      unit_id: "u_2",
      request_id: "r_12345678",
      surface: "e2e.mixed",
      item_id: "a",
    };
    const events = [
      { ...good, event_id: "good-0001" },
      { ...good, event_id: "bad-00001", item_id: undefined },
      { ...good, event_id: "good-0002", item_id: "b" },
    ];
    const answer = await fetch(`${collector.url}/v1/events`, {
      method: "POST",
      headers: { authorization: "Bearer sk_demo", "content-type": "application/json" },
      body: JSON.stringify({ events }),
    });
    expect(answer.status).toBe(207);
    await expect.poll(() => ofSurface("e2e.mixed").length, PATIENCE).toBe(3);
    const rejection = ofSurface("e2e.mixed").find(({ topic }) => topic === "edge.event.rejected.v1");
    expect(rejection?.envelope.payload).toMatchObject({ event_id: "bad-00001", error: "missing_item_id", index: 1 });
    expect(JSON.stringify(rejection?.envelope)).not.toContain("u_2");
  });

  test("a relay that is killed and comes back loses and doubles nothing", async () => {
    const at = new Date().toISOString();
    const events = Array.from({ length: 200 }, (_, index) => ({
      event_id: `killed-${String(index).padStart(5, "0")}`,
      event_type: "click",
      timestamp: at,
      unit_type: "user",
      unit_id: "u_3",
      request_id: `r_killed_${index}`,
      surface: "e2e.killed",
      item_id: "a",
    }));
    const port = String(relay.port);
    relay.kill("SIGKILL");
    await relay.exited;
    const answer = await fetch(`${collector.url}/v1/events`, {
      method: "POST",
      headers: { authorization: "Bearer sk_demo", "content-type": "application/json" },
      body: JSON.stringify({ events }),
    });
    expect(answer.status).toBe(202);
    relay = await startRelay(port);
    await expect.poll(() => ofSurface("e2e.killed").length, PATIENCE).toBe(200);
    const ids = ofSurface("e2e.killed").map(({ envelope }) => envelope.id);
    expect(ids.toSorted()).toEqual(events.map(({ event_id }) => event_id));
  });

  test("the relay's counters add up: taken = delivered + duplicate + dead-lettered", async () => {
    await expect.poll(() => settled()["delivered"], PATIENCE).toBe(received.length);
    const { taken, delivered = 0, duplicate = 0 } = settled();
    expect(taken).toBe(delivered + duplicate);
  });
});
