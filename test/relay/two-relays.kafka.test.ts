/** Two relays that have one slot by mistake: neither loses nor doubles anything, one of them says so, and `sightline doctor` finds it. */
import { randomUUID } from "node:crypto";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { Kafka, logLevel } from "kafkajs";
import { afterEach, beforeEach, describe, expect, inject, test, vi } from "vitest";
import { examine } from "../../relay/cli/doctor/examine.ts";
import { type RunningRelay, runRelay } from "../../relay/service/main.ts";
import { kafkaBus } from "../services/bus-of.ts";
import { untilReady, untilUnready } from "../services/until-ready.ts";
import { deliver, envelope, message, pack } from "./queue.ts";

const RELAY_TOKEN = "a-token-for-the-tests";
const EXPOSURES = "rec.exposure.recorded.v1";
const service = inject("kafka");
const brokers = "brokers" in service ? service.brokers : "";

/** Delivers an event alone; returns the status of the response. */
async function give(url: string, id: string): Promise<number> {
  const { status } = await deliver(url, RELAY_TOKEN, [message(`m-${id}`, pack([envelope({ id })]))]);
  return status;
}

describe.skipIf("missing" in service)(`two relays on ${"missing" in service ? service.missing : "one slot of a broker"}`, () => {
  let folder: string;
  let prefix: string;
  let running: RunningRelay[];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "sightline-two-"));
    prefix = `t${randomUUID().slice(0, 8)}.`;
    running = [];
  });
  afterEach(async () => {
    await Promise.all(running.map((relay) => relay.stop()));
    await rm(folder, { recursive: true, force: true });
  });

  const settings = (named: string): NodeJS.ProcessEnv => ({
    RELAY_TOKEN,
    RELAY_PORT: "0",
    DATA_DIR: join(folder, named),
    LOG_LEVEL: "silent",
    EVENT_PUBLISHER: "kafka",
    KAFKA_BROKERS: brokers,
    KAFKA_TOPIC_PREFIX: prefix,
    KAFKA_CLIENT_ID: prefix,
    CLOUDFLARE_API_URL: "http://127.0.0.1:1",
  });
  const start = async (named: string): Promise<string> => {
    const relay = await runRelay(settings(named));
    running.push(relay);
    const url = `http://127.0.0.1:${relay.port}`;
    await untilReady(url);
    return url;
  };
  const slotOf = async (named: string): Promise<string[]> =>
    (await examine(settings(named))).filter(({ check }) => check === "slot").map(({ verdict, found }) => `${verdict}: ${found}`);
  const onBus = async (): Promise<string[]> => {
    const bus = kafkaBus(settings("reader"));
    const ids = (await Array.fromAsync(bus.read({ topics: [prefix + EXPOSURES] }))).map(
      ({ headers }) => headers["event_id"] ?? "",
    );
    await bus.close();
    return ids.toSorted();
  };

  const partitions = async (): Promise<string[]> =>
    (await examine(settings("first")))
      .map(({ verdict, found }) => `${verdict}: ${found}`)
      .filter((line) => line.includes("partition"));

  test("of two that were begun anew, the one that was there first stops once the other has published, and doctor says who has the slot", async () => {
    const first = await start("first");
    expect(await slotOf("first")).toEqual(["ok: nobody has published under RELAY_SLOT 0 yet"]);
    const second = await start("second");
    expect(await give(second, "second-1-event")).toBe(200);
    expect(await give(first, "first-1-event")).toBe(503);
    await untilUnready(first, "another relay has its place");
    expect(await give(second, "second-2-event")).toBe(200);
    expect(await onBus()).toEqual(["second-1-event", "second-2-event"]);
    expect(await slotOf("first")).toEqual([
      expect.stringMatching(
        `^fail: two relays have one slot: RELAY_SLOT 0 has batch 2, by the relay with DATA_DIR ${join(folder, "second")} on ${hostname()}, at 20`,
      ),
    ]);
    expect(await slotOf("second")).toEqual(["ok: RELAY_SLOT 0 is this relay's: batch 2 was its latest on the bus"]);
    expect(await slotOf("third")).toEqual([expect.stringMatching(/^warn: RELAY_SLOT 0 has batch 2.*there is no store in/)]);
  });

  test("of one that was moved, and runs where it was as well, the old one stops, and doctor tells there that the slot has gone on", async () => {
    await give(await start("old"), "before-1-event");
    await running.pop()?.stop();
    await cp(join(folder, "old"), join(folder, "new"), { recursive: true });
    const old = await start("old");
    const moved = await start("new");
    // It has its store: what was published before it was moved is a copy.
    expect(await give(moved, "before-1-event")).toBe(200);
    expect(await give(moved, "moved-1-event")).toBe(200);
    expect(await slotOf("old")).toEqual([
      expect.stringMatching(/^fail: two relays have one slot, or this DATA_DIR is an older copy/),
    ]);
    expect(await give(old, "old-1-event")).toBe(503);
    await untilUnready(old, "another relay has its place");
    expect(await slotOf("new")).toEqual([expect.stringMatching(/^ok: RELAY_SLOT 0 is this relay's/)]);
    expect(await onBus()).toEqual(["before-1-event", "moved-1-event"]);
  });

  test("a batch of the same number that the other one published is not taken for one's own", async () => {
    const topic = prefix + EXPOSURES;
    const record = { topic, key: "k", value: Buffer.from("{}"), headers: {} };
    const [mine, other] = [kafkaBus(settings("first")), kafkaBus(settings("second"))];
    await mine.open([topic]);
    await other.open([topic]);
    await other.publish({ number: 1, receipt: "2.other", records: [record] });
    await expect(mine.settle({ number: 1, claimedAt: "", receipt: "1.mine" })).rejects.toThrow(/another relay has its place/);
    await Promise.all([mine.close(), other.close()]);
    // After a crash nothing is known but what the store has kept of the batch.
    const next = kafkaBus(settings("first"));
    await next.open([topic]);
    await expect(next.settle({ number: 1, claimedAt: "", receipt: "1.mine" })).rejects.toThrow(/another relay has its place/);
    expect(await next.settle({ number: 1, claimedAt: "", receipt: "2.other" })).toBe("published");
    await next.close();
  });

  test("doctor says which event topics have another number of partitions than the rest", async () => {
    const admin = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic: prefix + EXPOSURES, numPartitions: 5 }] });
    expect(await partitions()).toEqual([]);
    await start("first");
    expect(await partitions()).toEqual([
      expect.stringMatching(`^warn: event topics differ in their partitions \\(.*5: ${prefix}${EXPOSURES}`),
    ]);
    const others = ["decision.made", "outcome.recorded"].map((name) => ({ topic: `${prefix}rec.${name}.v1`, count: 5 }));
    const rest = ["app.event.recorded", "edge.event.rejected", "edge.client.reported"].map((name) => `${prefix}${name}.v1`);
    await admin.createPartitions({ topicPartitions: [...others, ...rest.map((topic) => ({ topic, count: 5 }))] });
    // The broker shows what its controller has confirmed a moment later.
    await vi.waitFor(async () => {
      expect(await partitions()).toEqual(["ok: the 6 event topics that are there have 5 partitions each"]);
    }, 15_000);
    await admin.disconnect();
  });
});
