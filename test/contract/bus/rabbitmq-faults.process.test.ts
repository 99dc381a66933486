/** What a server of RabbitMQ, its queues and its consumers do to the bus rabbitmq. */
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Channel, type ChannelModel, connect } from "amqplib";
import { afterAll, beforeAll, describe, expect, inject, test, vi } from "vitest";
import { queueName, taskQueue, taskQueues } from "../../../relay/bus/adapters/rabbitmq/task-queue.ts";
import type { BusRecord } from "../../../relay/bus/port/bus.ts";
import type { Subscription } from "../../../relay/bus/port/subscriber.ts";
import { checkBus } from "../../../relay/cli/doctor/check-bus.ts";
import { runRelay } from "../../../relay/service/main.ts";
import { readConfig } from "../../../relay/service/settings/config.ts";
import { deliver, envelope, message, pack } from "../../relay/queue.ts";
import { rabbitmqBus } from "../../services/bus-of.ts";
import { type RabbitmqServer, startRabbitmq } from "../../services/rabbitmq.ts";
import { untilReady } from "../../services/until-ready.ts";
import { alone } from "./hear.ts";
import { recordingSink } from "./recording-sink.ts";

const service = inject("rabbitmq");
const RABBITMQ_URL = "url" in service ? service.url : "";
const RELAY_TOKEN = "a-token-for-the-tests";

const record = (topic: string, value: string, key = "k"): BusRecord => ({
  topic,
  key,
  value: Buffer.from(value),
  headers: { event_id: value },
});
const ofGroup = (topics: string[], group = "g") => ({ ...alone(topics), group, consumer: randomUUID(), batchSize: 10 });

describe.skipIf("missing" in service)(`on ${"missing" in service ? service.missing : "a real RabbitMQ"}`, () => {
  let model: ChannelModel;
  let raw: Channel;
  beforeAll(async () => {
    if ("missing" in service) return;
    model = await connect(RABBITMQ_URL);
    raw = await model.createChannel();
  });
  afterAll(() => model?.close());

  test("what nobody is bound to comes back: it stays with whoever published it, and its topic alone is told", async () => {
    const [bound, unbound] = [`a.${randomUUID()}`, `b.${randomUUID()}`];
    const bus = rabbitmqBus({ RABBITMQ_URL, RABBITMQ_GROUPS: "none" });
    const sink = recordingSink();
    const subscription = await bus.subscribe(ofGroup([bound]), sink);
    const lost = [record(unbound, "2"), record(unbound, "3")];
    await expect(bus.publish({ number: 1, records: [record(bound, "1"), ...lost] })).rejects.toMatchObject({
      name: "PublishError",
      outcome: "absent",
      message: expect.stringContaining(`no queue takes ${unbound}`),
      missing: lost,
      topics: [unbound],
    });
    await vi.waitFor(() => expect(sink.ids()).toEqual(["1"]), 5_000);
    await subscription.close();
    await bus.close();
  });

  test("a queue that is full refuses: what it did not take and what follows it in its key is told, and comes after it in order", async () => {
    const topic = `full.${randomUUID()}`;
    const bus = rabbitmqBus({ RABBITMQ_URL, RABBITMQ_MAX_QUEUE_BYTES: "20000" });
    await bus.open([topic]);
    const sent = Array.from({ length: 60 }, (_, n) => ({ ...record(topic, `${n}`), value: Buffer.alloc(1_000, 97) }));
    const error = await bus.publish({ number: 1, records: sent }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ outcome: "absent", topics: [topic], message: expect.stringContaining("is full") });
    const { missing } = error as { missing: BusRecord[] };
    // The limit is soft.
    expect(missing.length).toBeGreaterThan(20);
    expect(missing).toEqual(sent.slice(-missing.length));
    const sink = recordingSink();
    const subscription = await bus.subscribe(ofGroup([topic], "sightline"), sink);
    let left = missing;
    await vi.waitFor(async () => {
      await bus.publish({ number: 1, records: left }).catch((thrown: { missing: BusRecord[] }) => {
        left = thrown.missing;
        throw thrown;
      });
    }, 10_000);
    await vi.waitFor(() => expect(sink.ids()).toEqual(sent.map(({ headers }) => headers["event_id"])), 5_000);
    await subscription.close();
    await bus.close();
  });

  test("a record that is too large is refused by name, and nothing of its batch is sent", async () => {
    const topic = `large.${randomUUID()}`;
    const bus = rabbitmqBus({ RABBITMQ_URL, RABBITMQ_MAX_RECORD_BYTES: "2048" });
    await bus.open([topic]);
    const large = { topic, key: "k", value: Buffer.alloc(2_048, 97), headers: {} };
    const error = await bus.publish({ number: 1, records: [record(topic, "1"), large] }).catch((thrown: unknown) => thrown);
    const why = "expected at most 2048 bytes of value, key and headers, got 2049";
    expect([...(error as { refused: Map<BusRecord, object> }).refused]).toEqual([
      [large, { code: "record_too_large", message: why }],
    ]);
    expect(await raw.checkQueue(queueName(topic, "sightline"))).toMatchObject({ messageCount: 0 });
    await bus.close();
  });

  test("a message of another publisher is delivered as it is, with those of its headers that are text", async () => {
    const topic = `foreign.${randomUUID()}`;
    const bus = rabbitmqBus({ RABBITMQ_URL });
    const sink = recordingSink();
    const subscription = await bus.subscribe(ofGroup([topic]), sink);
    raw.publish("sightline", topic, Buffer.from("no JSON"), { headers: { a: "b", n: 1, list: ["c"], none: null } });
    raw.publish("sightline", topic, Buffer.alloc(0));
    await vi.waitFor(() => expect(sink.taken).toHaveLength(2), 5_000);
    expect(sink.taken.map((delivery) => [String(delivery.record.value), delivery.record.key, delivery.record.headers])).toEqual([
      ["no JSON", "", { a: "b" }],
      ["", "", {}],
    ]);
    await subscription.close();
    await bus.close();
  });

  test("a message that its members die of is in the dead letters after so many deliveries, and takes no neighbour along", async () => {
    const topic = `deadly.${randomUUID()}`;
    const env = { RABBITMQ_URL, RABBITMQ_GROUPS: "g", RABBITMQ_MAX_DELIVERIES: "3" };
    const bus = rabbitmqBus(env);
    const dead = recordingSink();
    const done: string[] = [];
    const attempts: number[] = [];
    const open: Subscription[] = [await bus.subscribe(ofGroup([`${topic}.dlq`]), dead)];
    // A member that ends without an ack of what it had, again and again.
    const mortal = async (): Promise<void> => {
      const died = Promise.withResolvers<void>();
      const sink = recordingSink({
        handle: ({ record: { value }, attempt, ack }) => {
          if (String(value) !== "deadly") {
            done.push(String(value));
            return ack();
          }
          attempts.push(attempt);
          died.resolve();
        },
      });
      const subscription = await rabbitmqBus(env).subscribe({ ...ofGroup([topic]), batchSize: 1, drainMs: 0 }, sink);
      await died.promise;
      await subscription.close();
    };
    await bus.open([topic]);
    await bus.publish({ number: 1, records: ["deadly", "1", "2", "3"].map((value) => record(topic, value, value)) });
    for (let n = 0; n < 3; n++) await mortal();
    await vi.waitFor(() => expect(dead.ids()).toEqual(["deadly"]), 10_000);
    expect(attempts).toEqual([1, 2, 3]);
    expect(dead.taken[0]?.record.key).toBe("deadly");
    open.push(
      await bus.subscribe(
        ofGroup([topic]),
        recordingSink({ handle: ({ record: { value }, ack }) => (done.push(String(value)), ack()) }),
      ),
    );
    await vi.waitFor(() => expect(done.toSorted()).toEqual(["1", "2", "3"]), 5_000);
    for (const subscription of open) await subscription.close();
    await bus.close();
  });

  test("with one active consumer a topic is one member's, and another goes on in order when that one leaves", async () => {
    const topic = `active.${randomUUID()}`;
    const bus = rabbitmqBus({ RABBITMQ_URL, RABBITMQ_SINGLE_ACTIVE_CONSUMER: "true" });
    const [one, two] = [recordingSink(), recordingSink()];
    const first = await bus.subscribe(ofGroup([topic]), one);
    const second = await bus.subscribe(ofGroup([topic]), two);
    const sent = Array.from({ length: 20 }, (_, n) => record(topic, String(n)));
    await bus.publish({ number: 1, records: sent.slice(0, 10) });
    await vi.waitFor(() => expect(one.taken).toHaveLength(10), 5_000);
    await first.close();
    await bus.publish({ number: 2, records: sent.slice(10) });
    await vi.waitFor(() => expect(two.taken).toHaveLength(10), 5_000);
    expect([...one.ids(), ...two.ids()]).toEqual(sent.map(({ headers }) => headers["event_id"]));
    await second.close();
    await bus.close();
  });

  test("a task has a queue of its name, whoever works on it, and what is urgent does not wait behind what is not", async () => {
    const office = `s${randomUUID()}`;
    const bus = rabbitmqBus({ RABBITMQ_URL });
    const high = taskQueue(office, "email", "high");
    await bus.open(taskQueues(office, "email"));
    expect(await raw.checkQueue(`${office}.email.high`)).toMatchObject({ messageCount: 0 });
    const low = Array.from({ length: 100 }, (_, n) => record(taskQueue(office, "email", "low"), `low-${n}`, String(n)));
    await bus.publish({ number: 1, records: [...low, record(high, "urgent")] });
    const sink = recordingSink();
    const subscription = await bus.subscribe(ofGroup(taskQueues(office, "email"), "workers"), sink);
    await vi.waitFor(() => expect(sink.taken).toHaveLength(101), 5_000);
    expect(sink.ids().indexOf("urgent")).toBeLessThan(50);
    expect(() => taskQueue("Notify", "email", "high")).toThrow(
      'service: expected a lower-case word of letters, digits, - and _, got "Notify"',
    );
    expect(() => taskQueue("notify", "email", "urgent" as "high")).toThrow("priority: expected one of high, normal, low");
    await subscription.close();
    await bus.close();
  });

  test("the doctor says which server it is, what is made, and where nobody takes what waits", async () => {
    const env = { EVENT_PUBLISHER: "rabbitmq", RABBITMQ_URL, RABBITMQ_TOPIC_PREFIX: `${randomUUID()}.` };
    const config = readConfig(env);
    const words = async () => (await checkBus(config)).map(({ verdict, found }) => `${verdict}: ${found}`);
    expect(await words()).toEqual([
      expect.stringMatching(/^ok: RabbitMQ \d+\.\d+/),
      "ok: 0 of 12 queues are there; the relay makes what is missing",
    ]);
    const bus = rabbitmqBus(env);
    const topic = `${env.RABBITMQ_TOPIC_PREFIX}rec.exposure.recorded.v1`;
    await bus.open([topic]);
    await bus.publish({ number: 1, records: [record(topic, "1")] });
    await vi.waitFor(
      async () => expect(await words()).toContain(`warn: nobody takes ${topic}.sightline, where 1 messages wait`),
      5_000,
    );
    await bus.close();
    expect(() => readConfig({ EVENT_PUBLISHER: "rabbitmq" })).toThrow(
      "RABBITMQ_URL: expected a value, since EVENT_PUBLISHER is rabbitmq",
    );
  });

  describe("a server of its own", () => {
    let server: RabbitmqServer;
    beforeAll(async () => void (server = await startRabbitmq()));
    afterAll(() => server?.stop());

    test("under an alarm: a publish ends at its deadline, the next is not begun and says why, and it goes on when the alarm is over", async () => {
      const topic = `alarm.${randomUUID()}`;
      const bus = rabbitmqBus({ RABBITMQ_URL: server.url, RABBITMQ_CONFIRM_TIMEOUT_MS: "1000" });
      const sink = recordingSink();
      await bus.open([topic]);
      const subscription = await bus.subscribe(ofGroup([topic], "sightline"), sink);
      await server.control("set_vm_memory_high_watermark", "absolute", "1");
      await expect(bus.publish({ number: 1, records: [record(topic, "1")] })).rejects.toMatchObject({
        name: "PublishError",
        outcome: "unknown",
      });
      await expect(bus.publish({ number: 1, records: [record(topic, "1")] })).rejects.toMatchObject({ name: "PublishError" });
      await server.control("set_vm_memory_high_watermark", "absolute", "1GB");
      await vi.waitFor(() => bus.publish({ number: 1, records: [record(topic, "1")] }), 20_000);
      // At least once: what was under way may be there too.
      await vi.waitFor(() => expect(new Set(sink.ids())).toEqual(new Set(["1"])), 5_000);
      await subscription.close();
      await bus.close();
    });

    test("that is killed under a relay: no event is lost, the breaker opens and closes, and the member is told and goes on", async () => {
      const folder = await mkdtemp(join(tmpdir(), "sightline-rabbit-"));
      const env = {
        EVENT_PUBLISHER: "rabbitmq",
        RABBITMQ_URL: server.url,
        EVENT_BUS_CIRCUIT_BREAKER_FAILURE_THRESHOLD: "1",
        EVENT_BUS_CIRCUIT_BREAKER_TIMEOUT_SECONDS: "1",
      };
      const relay = await runRelay({ RELAY_TOKEN, RELAY_PORT: "0", DATA_DIR: folder, LOG_LEVEL: "silent", ...env });
      const url = `http://127.0.0.1:${relay.port}`;
      await untilReady(url);
      const bus = rabbitmqBus(env);
      const sink = recordingSink();
      const subscription = await bus.subscribe(ofGroup(["rec.exposure.recorded.v1"], "sightline"), sink);
      const ids: string[] = [];
      let refused = 0;
      const send = async (): Promise<void> => {
        const own = Array.from({ length: 20 }, (_, n) => `killed-${ids.length + n}-event`);
        ids.push(...own);
        const packed = [message(`m-${ids.length}`, pack(own.map((id, n) => envelope({ id, partition_key: `key-${n}` }))))];
        for (;;) {
          if ((await deliver(url, RELAY_TOKEN, packed)).status === 200) return;
          refused++;
          await untilReady(url);
        }
      };
      const sending = (async () => {
        for (let n = 0; n < 12; n++) await send();
      })();
      await vi.waitFor(() => expect(ids.length).toBeGreaterThan(80), { interval: 1, timeout: 10_000 });
      await server.kill();
      await server.start();
      await sending;
      await vi.waitFor(() => expect(new Set(sink.ids())).toEqual(new Set(ids)), 20_000);
      expect(refused).toBeGreaterThan(0);
      expect(sink.faults.map((fault) => fault === undefined)).toEqual([false, true]);
      await subscription.close();
      await bus.close();
      await relay.stop();
      await rm(folder, { recursive: true });
    });
  });
});
