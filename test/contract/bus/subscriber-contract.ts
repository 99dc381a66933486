/** What every bus that can be subscribed to must do; each adapter runs it over a real one. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { openBus } from "../../../relay/bus/port/settle.ts";
import type { Bus, BusRecord } from "../../../relay/bus/port/bus.ts";
import type { Capabilities } from "../../../relay/bus/port/adapter.ts";
import type { Sink, SubscribeOptions, Subscriber, Subscription } from "../../../relay/bus/port/subscriber.ts";
import { type RecordingSink, recordingSink } from "./recording-sink.ts";

/** Makes handles on one and the same bus, each as of a service of its own. */
export interface SubscribableBus {
  make(): Promise<Bus & Subscriber>;
  /** Names a topic that nothing was published to yet, and that the bus may create. */
  topic(): string;
  /** What the adapter declares. */
  subscribe: NonNullable<Capabilities["subscribe"]>;
  /** Milliseconds within which what one waits for is there. @default 20,000 */
  patience?: number;
  /** A record may be handed over again although its member drained in order. @default false */
  repeats?: boolean;
  /** Records of one key come in their order. @default true */
  ordered?: boolean;
  /** A record that is not acknowledged holds back those behind it of its key. @default false */
  holdsBack?: boolean;
  /** Puts a name that the bus has in the place of a group's, where each costs. Two of one topic must differ. @default the same */
  group?(name: string): string;
  /** The bus takes text and bytes that are no JSON. @default true */
  foreign?: boolean;
}

const OPTIONS = { batchSize: 10, blockMs: 200, pollTimeoutMs: 5_000, commitEvery: 5, commitIntervalMs: 100, drainMs: 5_000 };
const times = <T>(count: number, make: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n));

const record = (topic: string, key: string, value?: string): BusRecord => {
  const id = randomUUID();
  return {
    topic,
    key,
    value: Buffer.from(
      value ?? `{"event_id":"${id}","event_type":"Tested","timestamp":"2026-01-01T00:00:00.000Z","version":1,"é":"ü"}`,
    ),
    headers: { event_id: id, event_type: "Tested", "content-type": "application/json" },
  };
};
const idsOf = (records: readonly BusRecord[]): string[] => records.map(({ headers }) => headers["event_id"] ?? "");

/** Runs the suite. */
export function subscriberContract(name: string, setUp: () => Promise<SubscribableBus>): void {
  describe(`subscribing to the bus ${name}`, () => {
    let bus: Bus & Subscriber;
    let under: SubscribableBus;
    let patience: number;
    let number: number;
    const open: { close(): Promise<void> }[] = [];

    beforeAll(async () => {
      under = await setUp();
      patience = under.patience ?? 20_000;
      bus = await under.make();
      number = (await openBus(bus, [])) + 1;
    });
    afterAll(async () => {
      for (const one of open.toReversed()) await one.close();
      await bus?.close();
    });

    const topicOf = async (): Promise<string> => {
      const topic = under.topic();
      await bus.open([topic]);
      return topic;
    };
    const publish = async (records: BusRecord[]): Promise<void> => bus.publish({ number: number++, records });
    /** Subscribes as a service of its own. */
    const subscribe = async (topics: string[], sink: Sink, options: Partial<SubscribeOptions> = {}): Promise<Subscription> => {
      const own = await under.make();
      const all = { ...OPTIONS, topics, group: "g", consumer: randomUUID(), from: "earliest" as const, ...options };
      if (all.group !== undefined) all.group = under.group?.(all.group) ?? all.group;
      const subscription = await own.subscribe(all, sink);
      let closing: Promise<void> | undefined;
      const close = (): Promise<void> => (closing ??= subscription.close().then(() => own.close()));
      open.push({ close });
      return { ...subscription, close };
    };
    const until = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: patience, interval: 20 });
    /** Publishes until the subscriber has seen one: it is there then, wherever it begins. */
    const untilListening = async (topic: string, sink: { ids(): string[] }): Promise<string[]> => {
      const probes: string[] = [];
      await vi.waitFor(
        async () => {
          const probe = record(topic, "probe");
          probes.push(...idsOf([probe]));
          await publish([probe]);
          await vi.waitFor(() => expect(probes.some((id) => sink.ids().includes(id))).toBe(true), { timeout: 300, interval: 20 });
        },
        { timeout: patience, interval: 1 },
      );
      return probes;
    };

    test("hands over what comes, with key, headers and every byte, and once each", async () => {
      const topic = await topicOf();
      const sink = recordingSink();
      await subscribe([topic], sink);
      await untilListening(topic, sink);
      const sent = times(30, (n) => record(topic, `key-${n % 7}`));
      await publish(sent);
      await until(() => expect(sink.ids()).toEqual(expect.arrayContaining(idsOf(sent))));
      for (const one of sent) {
        const found = sink.taken.filter(({ record: { headers } }) => headers["event_id"] === one.headers["event_id"]);
        expect(found).toHaveLength(1);
        expect(found[0]?.record).toMatchObject({ topic, key: one.key, headers: one.headers });
        expect(found[0]?.record.value.equals(one.value)).toBe(true);
      }
    });

    /** As it was published, or in any order where the bus keeps none. */
    const inOrder = (ids: readonly unknown[]): unknown[] => (under.ordered === false ? ids.toSorted() : [...ids]);

    test("hands over the records of one key in their order, and all in one lane", async ({ skip }) => {
      skip(under.ordered === false, "the bus keeps no order");
      const topic = await topicOf();
      const sink = recordingSink();
      await subscribe([topic], sink);
      await untilListening(topic, sink);
      const batches = times(4, () => times(15, () => record(topic, "one-key")));
      for (const batch of batches) await publish(batch);
      const ofKey = () => sink.taken.filter(({ record: { key } }) => key === "one-key");
      await until(() => expect(ofKey()).toHaveLength(60));
      expect(ofKey().map((delivery) => delivery.record.headers["event_id"])).toEqual(idsOf(batches.flat()));
      expect(new Set(ofKey().map(({ lane }) => lane)).size).toBe(1);
    });

    test("a new group begins at the first record where it asks for it, or behind the last", async ({ skip }) => {
      const topic = await topicOf();
      const before = times(5, (n) => record(topic, `key-${n}`));
      await publish(before);
      const late = recordingSink();
      await subscribe([topic], late, { group: "late", from: "latest" });
      await untilListening(topic, late);
      expect(late.ids().filter((id) => idsOf(before).includes(id))).toEqual([]);
      skip(!under.subscribe.earliest, "the bus has no earliest");
      const early = recordingSink();
      await subscribe([topic], early, { group: "early", from: "earliest" });
      await until(() => expect(early.ids()).toEqual(expect.arrayContaining(idsOf(before))));
    });

    test("without a group everyone gets everything from now on", async ({ skip }) => {
      skip(!under.subscribe.everyone, "the bus has groups alone");
      const topic = await topicOf();
      const sinks = [recordingSink(), recordingSink()];
      for (const sink of sinks) {
        await subscribe([topic], sink, { group: undefined, from: "latest" });
        await untilListening(topic, sink);
      }
      const sent = times(10, (n) => record(topic, `key-${n}`));
      await publish(sent);
      for (const sink of sinks) await until(() => expect(sink.ids()).toEqual(expect.arrayContaining(idsOf(sent))));
    });

    test("members of a group share the work while they come and go, and nothing is missed", async ({ skip }) => {
      skip(!under.subscribe.groups, "the bus has no groups");
      const topic = await topicOf();
      const [one, two] = [recordingSink(), recordingSink()];
      await subscribe([topic], one, { group: "shared" });
      const sent: BusRecord[] = [];
      const more = async (): Promise<void> => {
        const batch = times(20, (n) => record(topic, `key-${sent.length + n}`));
        sent.push(...batch);
        await publish(batch);
      };
      const probes = await untilListening(topic, one);
      const second = await subscribe([topic], two, { group: "shared" });
      await vi.waitFor(
        async () => {
          await more();
          expect(two.taken.length).toBeGreaterThan(0);
        },
        { timeout: patience, interval: 200 },
      );
      await second.close();
      await more();
      const all = () => [...one.ids(), ...two.ids()];
      await until(() => expect(new Set(all())).toEqual(new Set([...probes, ...idsOf(sent)])));
      const repeated = all().length - new Set(all()).size;
      expect(under.repeats ? 0 : repeated).toBe(0);
    });

    test("a group goes on where it was, and gets again what it had not acknowledged", async ({ skip }) => {
      skip(!under.subscribe.groups, "the bus has no groups");
      const topic = await topicOf();
      const half = recordingSink({ handle: ({ record: found, ack }) => (found.key === "done" ? ack() : undefined) });
      const first = await subscribe([topic], half, { group: "resumed" });
      await untilListening(topic, half);
      const done = times(10, () => record(topic, "done"));
      await publish(done);
      await until(() => expect(half.ids()).toEqual(expect.arrayContaining(idsOf(done))));
      const unfinished = times(5, (n) => record(topic, under.holdsBack ? `open-${n}` : "open"));
      await publish(unfinished);
      await until(() => expect(half.ids()).toEqual(expect.arrayContaining(idsOf(unfinished))));
      await first.close();
      const rest = recordingSink();
      await subscribe([topic], rest, { group: "resumed" });
      await until(() => expect(rest.ids()).toEqual(expect.arrayContaining(idsOf(unfinished))));
      const again = rest.taken
        .filter(({ record: { key } }) => key.startsWith("open"))
        .map((delivery) => delivery.record.headers["event_id"]);
      const [found, expected] = [again, idsOf(unfinished)].map((ids) => (under.holdsBack ? ids.toSorted() : inOrder(ids)));
      expect(found).toEqual(expected);
    });

    test("hands over no more while there is no room", async () => {
      const topic = await topicOf();
      let makeRoom: (() => void) | undefined;
      const sink = recordingSink({
        room: (taken) => (taken.length < 20 ? Promise.resolve() : new Promise((resolve) => (makeRoom = resolve))),
      });
      await subscribe([topic], sink);
      await untilListening(topic, sink);
      const sent = times(100, (n) => record(topic, `key-${n}`));
      await publish(sent);
      await until(() => expect(makeRoom).toBeDefined());
      const held = sink.taken.length;
      const other = recordingSink();
      await subscribe([topic], other, { group: "other", from: "latest" });
      await untilListening(topic, other);
      expect(sink.taken.length).toBe(held);
      expect(held).toBeLessThan(60);
      sink.take = async (deliveries) => {
        sink.taken.push(...deliveries);
        for (const { ack } of deliveries) ack();
      };
      makeRoom?.();
      await until(() => expect(sink.ids()).toEqual(expect.arrayContaining(idsOf(sent))));
    });

    test("tells how much the group has not acknowledged, down to nothing", async ({ skip }) => {
      skip(!under.subscribe.lag, "the bus cannot tell");
      const topic = await topicOf();
      const waiting: (() => void)[] = [];
      const sink = recordingSink({ handle: ({ ack }) => void waiting.push(ack) });
      const subscription = await subscribe([topic], sink);
      const probes = await untilListening(topic, sink);
      await publish(times(12, (n) => record(topic, `key-${n}`)));
      await until(() => expect(sink.taken.length).toBe(12 + probes.length));
      const total = async (): Promise<number> => [...((await subscription.lag()) ?? []).values()].reduce((a, b) => a + b, 0);
      expect(await total()).toBe(12 + probes.length);
      for (const ack of waiting) ack();
      await vi.waitFor(async () => expect(await total()).toBe(0), { timeout: patience, interval: 50 });
    });

    test("keeps the plan of a lane for whoever has it next, and what it was made for comes again", async ({ skip }) => {
      skip(!under.subscribe.plans, "the bus keeps no plans");
      const topic = await topicOf();
      const sent = times(3, () => record(topic, "one-key"));
      await publish(sent);
      const [first, second, third] = times(3, () => recordingSink({ handle: () => {} })) as [
        RecordingSink,
        RecordingSink,
        RecordingSink,
      ];
      const one = await subscribe([topic], first, { group: "planned" });
      await until(() => expect(first.ids()).toEqual(idsOf(sent)));
      const { lane } = first.taken[0]!;
      const { origin } = first.begun.find((begun) => begun.lane === lane)!;
      expect(origin).toMatch(/^[\da-z]{8,12}$/i);
      expect(first.begun.filter(({ plan }) => plan !== undefined)).toEqual([]);
      await one.plan!(lane, "0-1");
      await one.plan!(lane, "0-2 ü");
      await expect(one.plan!(`${topic}/900`, "0-1")).rejects.toThrow("not this member's");
      await expect(one.plan!(lane, "x".repeat(4_001))).rejects.toThrow("expected a plan of at most 4000 bytes, got 4001");
      await one.close();

      const two = await subscribe([topic], second, { group: "planned" });
      await until(() => expect(second.ids()).toEqual(idsOf(sent)));
      expect(second.begun).toContainEqual({ lane, plan: "0-2 ü", origin });
      // What is acknowledged moves the group, and leaves the plan as it is.
      for (const { ack } of second.taken.slice(0, 2)) ack();
      await two.close();
      await subscribe([topic], third, { group: "planned" });
      await until(() => expect(third.ids()).toEqual(idsOf(sent.slice(2))));
      expect(third.begun).toContainEqual({ lane, plan: "0-2 ü", origin });
    });

    test("hands over what is no JSON as it is", async ({ skip }) => {
      skip(under.foreign === false, "the bus takes JSON alone");
      const topic = await topicOf();
      const sink = recordingSink();
      await subscribe([topic], sink);
      await untilListening(topic, sink);
      const values = ["not json", "{", '{"a":1}\n{"a":2}', "\u0000\u001f", " "];
      await publish(values.map((value) => record(topic, "foreign", value)));
      const found = () =>
        sink.taken.filter(({ record: { key } }) => key === "foreign").map((delivery) => String(delivery.record.value));
      await until(() => expect(inOrder(found())).toEqual(inOrder(values)));
    });
  });
}
