/** What a server of Redis, its network, its neighbours and its consumers do to the bus redis-streams. */
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, inject, test, vi } from "vitest";
import { checkBus } from "../../../relay/cli/doctor/check-bus.ts";
import type { BusRecord } from "../../../relay/bus/port/bus.ts";
import type { SubscribeOptions } from "../../../relay/bus/port/subscriber.ts";
import { runRelay } from "../../../relay/service/main.ts";
import { readConfig } from "../../../relay/service/settings/config.ts";
import { redisStreamsBus } from "../../services/bus-of.ts";
import { type RedisServer, startRedis } from "../../services/redis.ts";
import { untilReady } from "../../services/until-ready.ts";
import { deliver, envelope, message, pack } from "../../relay/queue.ts";
import { alone } from "./hear.ts";
import { recordingSink } from "./recording-sink.ts";

const service = inject("redis");
const REDIS_URL = "url" in service ? service.url : "";
const RELAY_TOKEN = "a-token-for-the-tests";
const claimedAt = new Date().toISOString();

const record = (topic: string, value: string, key = "k"): BusRecord => ({
  topic,
  key,
  value: Buffer.from(value),
  headers: { event_id: value },
});
const texts = (records: BusRecord[]): string[] => records.map(({ value }) => String(value));
const ofGroup = (topic: string, more: Partial<SubscribeOptions> = {}): SubscribeOptions => ({
  ...alone([topic]),
  group: "g",
  consumer: randomUUID(),
  from: "earliest",
  batchSize: 10,
  ...more,
});

const readAll = async (topic: string, env: NodeJS.ProcessEnv = { REDIS_URL }) =>
  Array.fromAsync(redisStreamsBus(env).read({ topics: [topic] }));

describe.skipIf("missing" in service)(`on ${"missing" in service ? service.missing : "a real Redis"}`, () => {
  let raw: Redis;
  beforeAll(() => void (raw = new Redis(REDIS_URL)));
  afterAll(() => raw?.disconnect());

  test("what a relay of before sends once its place is taken does nothing, and is told so", async () => {
    const [topic, slot] = [randomUUID(), randomUUID()];
    const [before, after] = [redisStreamsBus({ REDIS_URL }, slot), redisStreamsBus({ REDIS_URL }, slot)];
    await before.open([topic]);
    await before.publish({ number: 1, records: [record(topic, "1")] });
    expect(await after.open([topic])).toEqual({ lastBatch: 1 });
    await expect(before.publish({ number: 2, records: [record(topic, "late")] })).rejects.toMatchObject({
      name: "PublishError",
      outcome: "absent",
      message: expect.stringContaining("another relay has taken the place"),
    });
    await after.publish({ number: 2, records: [record(topic, "2")] });
    expect(texts(await readAll(topic))).toEqual(["1", "2"]);
    await Promise.all([before.close(), after.close()]);
  });

  test("an entry of another writer is delivered as it is: no JSON, no headers, no key, and without a value its fields as JSON", async () => {
    const topic = randomUUID();
    await raw.xadd(topic, "7-1", "value", "no JSON", "headers", "[1]");
    await raw.xadd(topic, "*", "user", "u1", "amount", "3");
    await raw.xadd(topic, "*", "value", "", "key", "k", "headers", '{"a":"b","c":1}');
    const sink = recordingSink();
    const bus = redisStreamsBus({ REDIS_URL });
    const subscription = await bus.subscribe(ofGroup(topic), sink);
    await vi.waitFor(() => expect(sink.taken).toHaveLength(3), 5_000);
    const expected = [
      { key: "", headers: {}, value: "no JSON", publishedAt: "1970-01-01T00:00:00.007Z" },
      { key: "", headers: {}, value: '{"user":"u1","amount":"3"}' },
      { key: "k", headers: { a: "b" }, value: "" },
    ];
    for (const found of [await readAll(topic), sink.taken.map((delivery) => delivery.record)])
      expect(found.map((one) => ({ ...one, value: String(one.value) }))).toMatchObject(expected);
    await subscription.close();
    await bus.close();
  });

  test("a record that is too large is refused by name, and a key that is no stream stops its topic alone; nothing of a batch is there", async () => {
    const [topic, taken] = [randomUUID(), randomUUID()];
    await raw.set(taken, "a text");
    const bus = redisStreamsBus({ REDIS_URL, REDIS_MAX_RECORD_BYTES: "2048" }, randomUUID());
    await bus.open([topic]);
    const [good, large] = [record(topic, "good"), { ...record(topic, "x".repeat(2_048)), headers: {} }];
    const error = await bus.publish({ number: 1, records: [good, large] }).catch((thrown: unknown) => thrown);
    const why = "expected at most 2048 bytes of value, key and headers, got 2049";
    expect(error).toMatchObject({ name: "PublishError", outcome: "absent" });
    expect([...(error as { refused: Map<BusRecord, object> }).refused]).toEqual([
      [large, { code: "record_too_large", message: why }],
    ]);
    await expect(bus.publish({ number: 1, records: [good, record(taken, "1")] })).rejects.toMatchObject({
      outcome: "absent",
      topics: [taken],
      message: expect.stringContaining(`expected a stream at ${taken}, got a string`),
    });
    expect(await readAll(topic)).toEqual([]);
    await bus.close();
  });

  test("what is older than the retention, or more than the stream keeps, is cut off", async () => {
    const topic = randomUUID();
    for (let n = 1; n <= 250; n++) await raw.xadd(topic, `${n}-1`, "value", "of 1970");
    const bus = redisStreamsBus({ REDIS_URL, REDIS_STREAMS_MAXLEN: "300" });
    await bus.publish({ number: 0, records: [record(topic, "first")] });
    // Redis cuts off whole nodes of a hundred entries.
    expect(await raw.xlen(topic)).toBe(51);
    await bus.publish({ number: 0, records: Array.from({ length: 900 }, (_, n) => record(topic, String(n))) });
    const left = await raw.xlen(topic);
    expect(left).toBeGreaterThanOrEqual(300);
    expect(left).toBeLessThanOrEqual(400);
    expect(texts(await readAll(topic)).at(-1)).toBe("899");
    await bus.close();
  });

  test("what a dead member had is another's once its time is up, first and with the times that it was handed out", async () => {
    const topic = randomUUID();
    const bus = redisStreamsBus({ REDIS_URL });
    const sent = Array.from({ length: 8 }, (_, n) => record(topic, String(n)));
    await bus.publish({ number: 0, records: sent });
    await raw.xgroup("CREATE", topic, "g", "0");
    await raw.xreadgroup("GROUP", "g", "the-dead-one", "COUNT", 3, "STREAMS", topic, ">");
    await raw.set(`sightline.group.g.owner.${topic}`, "the-dead-one", "PX", 1_000);
    const diedAt = Date.now();
    const sink = recordingSink();
    const subscription = await bus.subscribe(ofGroup(topic), sink);
    expect(subscription.lanes()).toEqual([]);
    await vi.waitFor(() => expect(sink.taken).toHaveLength(8), 5_000);
    expect(Date.now() - diedAt).toBeGreaterThanOrEqual(1_000);
    expect(sink.taken.map((delivery) => [String(delivery.record.value), delivery.attempt])).toEqual(
      sent.map(({ value }, n) => [String(value), n < 3 ? 2 : 1]),
    );
    await subscription.close();
    expect((await raw.xpending(topic, "g"))[0]).toBe(0);
    await bus.close();
  });

  test("with several streams a topic, the records of a key stay in order while members come and go", async () => {
    const topic = randomUUID();
    const env = { REDIS_URL, REDIS_STREAMS_PARTITIONS: "4", REDIS_STREAMS_CLAIM_IDLE_MS: "600" };
    const bus = redisStreamsBus(env);
    const handled: BusRecord[] = [];
    const workers = new Set<string>();
    const joinAs = async (name: string) => {
      const sink = recordingSink({
        handle: (delivery) => {
          workers.add(name);
          handled.push(delivery.record);
          delivery.ack();
        },
      });
      const own = redisStreamsBus(env);
      const subscription = await own.subscribe(ofGroup(topic, { consumer: name }), sink);
      return async () => {
        await subscription.close();
        await own.close();
      };
    };
    let n = 0;
    const publish = async () =>
      bus.publish({ number: 0, records: Array.from({ length: 50 }, () => record(topic, String(n++), `key-${n % 20}`)) });
    const leave = [await joinAs("one")];
    for (const name of ["two", "three"]) {
      leave.push(await joinAs(name));
      await vi.waitFor(async () => {
        await publish();
        expect(workers).toContain(name);
      }, 10_000);
    }
    await leave.shift()?.();
    await publish();
    await vi.waitFor(() => expect(handled).toHaveLength(n), 10_000);
    for (const [, own] of Map.groupBy(handled, ({ key }) => key)) {
      const numbers = own.map(({ value }) => Number(String(value)));
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    }
    for (const close of leave) await close();
    await bus.close();
  });

  describe("a server of its own", () => {
    let server: RedisServer;
    beforeAll(async () => void (server = await startRedis(["--maxmemory", "40mb", "--maxmemory-policy", "allkeys-lru"])));
    afterAll(() => server?.stop());

    test("that hangs in the middle of a publish: the outcome is unknown, one look settles it, and the batch is there once", async () => {
      const topic = randomUUID();
      const bus = redisStreamsBus({ REDIS_URL: server.url, REDIS_COMMAND_TIMEOUT_MS: "300" }, "hangs");
      await bus.open([topic]);
      server.signal("SIGSTOP");
      const batch = { number: 1, claimedAt, records: [record(topic, "1"), record(topic, "2")] };
      await expect(bus.publish(batch)).rejects.toMatchObject({ name: "PublishError", outcome: "unknown" });
      server.signal("SIGCONT");
      if (bus.delivery !== "transactional") throw new Error("expected a bus that settles");
      if ((await bus.settle(batch)) === "absent") await bus.publish(batch);
      expect(texts(await readAll(topic, { REDIS_URL: server.url }))).toEqual(["1", "2"]);
      await bus.close();
    });

    test("that is killed again and again under a relay: every event is there once, in order, and a member goes on where it was", async () => {
      const folder = await mkdtemp(join(tmpdir(), "sightline-streams-"));
      const env = {
        EVENT_PUBLISHER: "redis-streams",
        REDIS_URL: server.url,
        EVENT_BUS_CIRCUIT_BREAKER_FAILURE_THRESHOLD: "1",
        EVENT_BUS_CIRCUIT_BREAKER_TIMEOUT_SECONDS: "1",
      };
      const topic = "rec.exposure.recorded.v1";
      const relay = await runRelay({ RELAY_TOKEN, RELAY_PORT: "0", DATA_DIR: folder, LOG_LEVEL: "silent", ...env });
      const url = `http://127.0.0.1:${relay.port}`;
      await untilReady(url);
      const bus = redisStreamsBus(env);
      const sink = recordingSink();
      const subscription = await bus.subscribe(ofGroup(topic), sink);
      const ids: string[] = [];
      let refused = 0;
      const send = async (): Promise<void> => {
        const own = Array.from({ length: 20 }, (_, n) => `killed-${ids.length + n}-event`);
        ids.push(...own);
        const packed = [message(`m-${ids.length}`, pack(own.map((id) => envelope({ id, partition_key: "one-key" }))))];
        for (;;) {
          if ((await deliver(url, RELAY_TOKEN, packed)).status === 200) return;
          refused++;
          await untilReady(url);
        }
      };
      for (let round = 0; round < 3; round++) {
        const sending = (async () => {
          for (let n = 0; n < 8; n++) await send();
        })();
        await vi.waitFor(() => expect(ids.length).toBeGreaterThan(round * 160 + 60), { interval: 1 });
        await server.kill();
        await server.start();
        await sending;
      }
      await vi.waitFor(() => expect(new Set(sink.ids())).toEqual(new Set(ids)), 10_000);
      expect((await readAll(topic, env)).map(({ headers }) => headers["event_id"])).toEqual(ids);
      expect(sink.ids()).toEqual(ids);
      expect(sink.faults.filter((fault) => fault === undefined).length).toBeGreaterThan(0);
      expect(refused).toBeGreaterThan(0);
      await subscription.close();
      await bus.close();
      await relay.stop();
      await rm(folder, { recursive: true });
    });

    test("whose memory is full: nothing of a batch is there, and it is told as the bus's fault", async () => {
      const own = new Redis(server.url);
      await own.config("SET", "maxmemory-policy", "noeviction");
      const topic = randomUUID();
      const bus = redisStreamsBus({ REDIS_URL: server.url }, "full");
      await bus.open([topic]);
      let number = 0;
      const fill = async (): Promise<unknown> => {
        for (;;) {
          const records = Array.from({ length: 10 }, (_, n) => record(topic, `${++number}-${n}-${"x".repeat(500_000)}`));
          try {
            await bus.publish({ number, records });
          } catch (error) {
            return error;
          }
        }
      };
      expect(await fill()).toMatchObject({
        outcome: "absent",
        message: expect.stringContaining("OOM"),
        refused: undefined,
        topics: undefined,
      });
      expect((await own.xlen(topic)) % 10).toBe(0);
      await own.config("SET", "maxmemory-policy", "allkeys-lru");
      own.disconnect();
      await bus.close();
    });

    test("the doctor names a policy that evicts, and what is no stream", async () => {
      const own = new Redis(server.url);
      await own.set("rec.outcome.recorded.v1", "a text");
      const config = readConfig({ EVENT_PUBLISHER: "redis-streams", REDIS_URL: server.url });
      const found = await checkBus(config);
      expect(found.map(({ verdict, found: words }) => `${verdict}: ${words}`)).toEqual([
        expect.stringMatching(/^ok: Redis \d+\.\d+/),
        "fail: something else has the name of a stream: rec.outcome.recorded.v1",
        "ok: it writes an append-only file",
        "warn: maxmemory-policy is allkeys-lru: whole streams may vanish where memory is short",
      ]);
      await own.config("SET", "appendonly", "no");
      expect(await checkBus(config)).toContainEqual(
        expect.objectContaining({ verdict: "warn", found: expect.stringContaining("no append-only file") }),
      );
      own.disconnect();
      const nowhere = readConfig({ EVENT_PUBLISHER: "redis-streams", REDIS_URL: "redis://:a-word@127.0.0.1:1/2" });
      const [gone] = await checkBus(nowhere);
      expect(gone).toMatchObject({
        verdict: "fail",
        found: expect.stringMatching(/^redis-streams does not answer: connect ECONNREFUSED 127\.0\.0\.1:1/),
      });
      expect(gone?.found).not.toContain("a-word");
    });
  });

  test("without REDIS_URL the start is refused", () => {
    expect(() => readConfig({ EVENT_PUBLISHER: "redis-streams" })).toThrow(
      "REDIS_URL: expected a value, since EVENT_PUBLISHER is redis-streams",
    );
  });
});
