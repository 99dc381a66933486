import { randomUUID } from "node:crypto";
import { mkdtemp, open, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, inject, test, vi } from "vitest";
import { startRelayProcess } from "../../../dev/relay-process.ts";
import { checkBus } from "../../../relay/cli/doctor/check-bus.ts";
import { settleBatch } from "../../../relay/bus/port/settle.ts";
import type { BusRecord } from "../../../relay/bus/port/bus.ts";
import type { Delivery, Sink } from "../../../relay/bus/port/subscriber.ts";
import { readConfig } from "../../../relay/service/settings/config.ts";
import { redisBus } from "../../services/bus-of.ts";
import { type RedisServer, startRedis } from "../../services/redis.ts";
import { untilReady, untilUnready } from "../../services/until-ready.ts";
import { deliver, envelope, message, pack } from "../../relay/queue.ts";
import { busContract } from "./contract.ts";
import { alone } from "./hear.ts";
import { type RecordingSink, recordingSink } from "./recording-sink.ts";

const redis = inject("redis");
const REDIS_URL = "url" in redis ? redis.url : "";
const RELAY_TOKEN = "a-token-for-the-tests";

const record = (topic: string, value: string): BusRecord => ({ topic, key: "k", value: Buffer.from(value), headers: {} });
const recordsOf = ({ taken }: RecordingSink) => taken.map((delivery) => delivery.record);
const texts = (records: BusRecord[]): string[] => records.map(({ value }) => String(value));

describe.skipIf("missing" in redis)(`on ${"missing" in redis ? redis.missing : "a real Redis"}`, () => {
  busContract("redis", async () => {
    const prefix = `${randomUUID()}.`;
    const topics: [string, string] = [`${prefix}rec.exposure.recorded.v1`, `${prefix}rec.outcome.recorded.v1`];
    return { make: async () => redisBus({ REDIS_URL, REDIS_TOPIC_PREFIX: prefix }), topics };
  });

  describe("whoever subscribes", () => {
    const topic = randomUUID();
    const bus = redisBus({ REDIS_URL });

    test("gets what is no envelope as it is, without key and headers", async () => {
      const sink = recordingSink();
      const subscription = await bus.subscribe(alone([topic]), sink);
      const sent = [record(topic, "no JSON"), record(topic, ""), record(topic, '{"type":1}')];
      await bus.publish({ number: 1, records: sent });
      await vi.waitFor(() => expect(texts(recordsOf(sink))).toEqual(texts(sent)));
      expect(recordsOf(sink)[0]).toMatchObject({ key: "", headers: {} });
      await subscription.close();
      await bus.close();
    });

    test("with a group or from the beginning is refused, and told which bus can", async () => {
      const sink = recordingSink();
      const named = (how: object) => bus.subscribe({ ...alone([topic]), ...how }, sink);
      await expect(named({ group: "g" })).rejects.toThrow(/group: expected none .* got "g": .*EVENT_PUBLISHER=redis-streams/);
      await expect(named({ from: "earliest" })).rejects.toThrow(/from: expected none .* got "earliest": .*redis-streams/);
    });

    test("and is slow is handed no more than a batch at a time, and gets all of it in order", async () => {
      const sink = recordingSink();
      const sizes: number[] = [];
      const goOn = Promise.withResolvers<void>();
      const slow: Sink = {
        ...sink,
        async take(deliveries: Delivery[]) {
          sizes.push(deliveries.length);
          if (deliveries.length > 0) await goOn.promise;
          await sink.take(deliveries);
        },
      };
      const subscription = await bus.subscribe({ ...alone([topic]), batchSize: 7 }, slow);
      const sent = Array.from({ length: 5_000 }, (_, n) => record(topic, String(n)));
      await bus.publish({ number: 1, records: sent });
      goOn.resolve();
      await vi.waitFor(() => expect(sink.taken).toHaveLength(sent.length), 10_000);
      expect(texts(recordsOf(sink))).toEqual(texts(sent));
      expect(Math.max(...sizes)).toBe(7);
      await subscription.close();
      await bus.close();
    });
  });

  test("a record that is too large is refused by name, and nothing of its batch is sent", async () => {
    const bus = redisBus({ REDIS_URL, REDIS_MAX_RECORD_BYTES: "2048" });
    const topic = randomUUID();
    const sink = recordingSink();
    const subscription = await bus.subscribe(alone([topic]), sink);
    const large = record(topic, "x".repeat(2_048));
    const error = await bus.publish({ number: 1, records: [record(topic, "small"), large] }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: "PublishError", outcome: "absent" });
    const why = "expected at most 2048 bytes of value, key and headers, got 2049";
    expect([...(error as { refused: Map<BusRecord, object> }).refused]).toEqual([
      [large, { code: "record_too_large", message: why }],
    ]);
    await bus.publish({ number: 1, records: [record(topic, "last")] });
    await vi.waitFor(() => expect(texts(recordsOf(sink))).toEqual(["last"]));
    await subscription.close();
    await bus.close();
  });

  test("the doctor says that it keeps nothing, and which topics nobody listens to", async () => {
    const config = readConfig({ EVENT_PUBLISHER: "redis", REDIS_URL, REDIS_TOPIC_PREFIX: "unheard." });
    const found = await checkBus(config);
    expect(found.map(({ verdict }) => verdict)).toEqual(["ok", "warn", "warn"]);
    expect(found[1]?.advice).toContain("EVENT_PUBLISHER=redis-streams");
    expect(found[2]?.found).toContain("nobody listens now to unheard.rec.decision.made.v1");
  });

  describe("a server of its own", () => {
    let server: RedisServer;
    let folder: string;
    beforeEach(async () => {
      server = await startRedis();
      folder = await mkdtemp(join(tmpdir(), "sightline-pubsub-"));
    });
    afterEach(async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    });

    test("that hangs: the publish ends at its deadline, as something that nobody knows, and is not tried again", async () => {
      const bus = redisBus({ REDIS_URL: server.url, REDIS_COMMAND_TIMEOUT_MS: "300" });
      await bus.open([]);
      server.signal("SIGSTOP");
      const records = [record("t", "1")];
      await expect(bus.publish({ number: 1, records })).rejects.toMatchObject({ name: "PublishError", outcome: "unknown" });
      const batch = { number: 1, claimedAt: new Date().toISOString(), records };
      expect(await settleBatch(bus, batch)).toBe("published");
      server.signal("SIGCONT");
      await bus.close();
    });

    test("that is killed and back: whoever listens is told of the outage, and hears again; so does the relay publish again", async () => {
      const env = {
        EVENT_PUBLISHER: "redis",
        REDIS_URL: server.url,
        EVENT_BUS_CIRCUIT_BREAKER_FAILURE_THRESHOLD: "1",
        EVENT_BUS_CIRCUIT_BREAKER_TIMEOUT_SECONDS: "1",
      };
      const bus = redisBus(env);
      const sink = recordingSink();
      const subscription = await bus.subscribe(alone(["rec.exposure.recorded.v1"]), sink);
      const log = await open(join(folder, "log"), "w");
      const relay = await startRelayProcess({ env: { RELAY_TOKEN, RELAY_PORT: "0", DATA_DIR: folder, ...env }, log: log.fd });
      await untilReady(relay.url);
      const send = async (id: string) =>
        (await deliver(relay.url, RELAY_TOKEN, [message(`m-${id}`, pack([envelope({ id })]))])).status;
      expect(await send("before-event")).toBe(200);
      await server.kill();
      await vi.waitFor(() => expect(sink.faults).toHaveLength(1));
      expect(sink.faults[0]?.message).toContain("lost to this subscriber");
      // One that was under way when the connection broke is not tried again: it is gone, and acked.
      for (let n = 0; (await send(`within-${n}-event`)) !== 503; n++) expect(n).toBeLessThan(3);
      await untilUnready(relay.url, "does not take events");
      await server.start();
      await vi.waitFor(() => expect(sink.faults).toHaveLength(2), 10_000);
      await untilReady(relay.url);
      expect(await send("after-event")).toBe(200);
      await vi.waitFor(() =>
        expect(recordsOf(sink).map(({ headers }) => headers["event_id"])).toEqual(["before-event", "after-event"]),
      );
      await subscription.close();
      await bus.close();
      await relay.stop();
      await log.close();
      const told = (await readFile(join(folder, "log"), "utf8")).split("\n").filter((line) => line.includes("at-most-once"));
      expect(told.map((line) => (JSON.parse(line) as { level: number }).level)).toEqual([40]);
    });
  });
});

test("without REDIS_URL the relay takes nothing, says why, and acks nothing", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sightline-off-"));
  const env = { RELAY_TOKEN, RELAY_PORT: "0", DATA_DIR: folder, LOG_LEVEL: "silent", EVENT_PUBLISHER: "redis" };
  expect(await checkBus(readConfig(env))).toMatchObject([
    { verdict: "warn", found: "REDIS_URL is not set: the relay takes nothing" },
  ]);
  const relay = await startRelayProcess({ env, log: "ignore" });
  await untilUnready(relay.url, "REDIS_URL is not set");
  expect((await deliver(relay.url, RELAY_TOKEN, [message("m", pack([envelope({ id: "off-event" })]))])).status).toBe(503);
  await relay.stop();
  await rm(folder, { recursive: true });
  const wrong = { EVENT_PUBLISHER: "redis", REDIS_URL: "https://user:word@host" };
  expect(() => readConfig(wrong)).toThrow(/REDIS_URL: expected an address such as redis:.*got another value$/);
});
