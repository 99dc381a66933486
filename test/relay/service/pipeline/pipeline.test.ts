import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type BusRecord, PublishError, type Refusal } from "../../../../relay/bus/port/bus.ts";
import { allTopics } from "../../../../relay/bus/port/topics.ts";
import { readConfig } from "../../../../relay/service/settings/config.ts";
import { totals } from "../../../../relay/state/counters.ts";
import { openStore } from "../../../../relay/state/open-store.ts";
import type { Store } from "../../../../relay/state/store.ts";
import { REPLAY_QUEUE } from "../../../../relay/service/plan/replay-queue.ts";
import { createPipeline, type Pipeline } from "../../../../relay/service/pipeline/pipeline.ts";
import { createPublishPolicy } from "../../../../relay/bus/policy/publish-policy.ts";
import { openSuspects } from "../../../../relay/state/suspects.ts";
import { type FailingBus, failingBus, type Fate } from "../../failing-bus.ts";
import { envelope, type Given, pack, queued } from "../../queue.ts";

const EXPOSURES = "rec.exposure.recorded.v1";
const OUTCOMES = "rec.outcome.recorded.v1";
const idOf = ({ headers }: BusRecord) => headers["event_id"] ?? "";

/** A bus that refuses the records of these ids on a topic, for as long as they are given to it there. */
const refusing =
  (code: Refusal["code"], ids: string[], topic: string): Fate =>
  ({ records }) => {
    const bad = records.filter((record) => record.topic === topic && ids.includes(idOf(record)));
    const refused = new Map(bad.map((record) => [record, { code, message: "too large" }]));
    return refused.size === 0 ? undefined : { error: new PublishError("absent", "refused", { refused }) };
  };

const busDown: Fate = () => ({ error: new PublishError("absent", "no answer") });

/** A publish of which a bus without transactions has the first record. */
const half =
  (transactions: boolean): Fate =>
  ({ records }) => ({
    through: transactions ? [] : records.slice(0, 1),
    error: new PublishError("unknown", "no answer"),
  });

describe.each([{ transactions: true }, { transactions: false }])(
  "the pipeline on a bus with transactions $transactions",
  (kind) => {
    let folder: string;
    let store: Store;
    let bus: FailingBus;
    let pipeline: Pipeline;

    const open = (env: NodeJS.ProcessEnv = {}): void => {
      const config = readConfig({
        DATA_DIR: folder,
        EVENT_BUS_PUBLISH_RETRY_INITIAL_DELAY_MS: "1",
        EVENT_BUS_PUBLISH_RETRY_MAX_DELAY_MS: "2",
        EVENT_BUS_CIRCUIT_BREAKER_TIMEOUT_SECONDS: "1",
        ...env,
      });
      const { dedup } = config.service;
      const { deadLetters, topics } = config.bus;
      const policy = createPublishPolicy({ bus, numbers: config.bus.policy, log: pino({ level: "silent" }) });
      pipeline = createPipeline({ bus, store, policy, topics, suspects: openSuspects(folder), dedup, deadLetters });
    };
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), "sightline-pipeline-"));
      store = openStore(folder);
      bus = failingBus(kind);
      open();
    });
    afterEach(() => {
      store.close();
      rmSync(folder, { recursive: true, force: true });
    });

    const deliver = (id: string, events: (Given | string)[], queue = "events") =>
      pipeline.take({
        queue,
        messages: [queued(id, pack(events.map((event) => (typeof event === "string" ? event : envelope(event)))))],
      });
    const onBus = async (): Promise<Record<string, string[]>> => {
      const topics = allTopics({ prefix: "", dlqSuffix: ".dlq" });
      const records = await Array.fromAsync(bus.read({ topics }));
      const by = Object.groupBy(records, ({ topic }) => topic);
      return Object.fromEntries(Object.entries(by).map(([topic, all = []]) => [topic, all.map(idOf)]));
    };
    const sums = () => totals(store.counters());

    test("what the bus refuses is dead-lettered alone, and its neighbours are delivered", async () => {
      bus.next = [refusing("record_too_large", ["event-02"], EXPOSURES)];
      expect(await deliver("m1", [{ id: "event-01" }, { id: "event-02" }, { id: "event-03" }])).toEqual([
        { id: "m1", verdict: "ack" },
      ]);
      expect(await onBus()).toEqual({ [EXPOSURES]: ["event-01", "event-03"], [`${EXPOSURES}.dlq`]: ["event-02"] });
      expect(sums()).toMatchObject({ taken: 3, delivered: 2, dead_lettered: 1, held: 0 });
      expect(store.counters().find(({ fate }) => fate.startsWith("dead_lettered"))?.fate).toBe("dead_lettered:record_too_large");
    });

    test("the memory of a delivery is given back once, and not where an attempt failed: that may go on somewhere", async () => {
      const reused: string[] = [];
      const take = (id: string) =>
        pipeline.take({
          queue: "events",
          messages: [queued(id, pack([envelope({ id: `event-of-${id}` })]))],
          reuse: () => reused.push(id),
        });
      await take("m1");
      bus.next = [busDown];
      expect(await take("m2")).toEqual([{ id: "m2", verdict: "ack" }]);
      await take("m3");
      expect(reused).toEqual(["m1", "m3"]);
    });

    test("a copy of what was dead-lettered is a duplicate; a replay of it goes through, once", async () => {
      bus.next = [refusing("topic_unavailable", ["event-01"], EXPOSURES)];
      await deliver("m1", [{ id: "event-01" }]);
      await deliver("m2", [{ id: "event-01" }]);
      expect(await onBus()).toEqual({ [`${EXPOSURES}.dlq`]: ["event-01"] });
      await deliver("dead-letter-1", [{ id: "event-01" }], REPLAY_QUEUE);
      await deliver("dead-letter-1", [{ id: "event-01" }], REPLAY_QUEUE);
      await deliver("dead-letter-2", [{ id: "event-01" }], REPLAY_QUEUE);
      expect(await onBus()).toEqual({ [EXPOSURES]: ["event-01"], [`${EXPOSURES}.dlq`]: ["event-01"] });
      expect(sums()).toMatchObject({ taken: 4, delivered: 1, dead_lettered: 1, duplicates: 2, redelivered: 1, held: 0 });
    });

    test("a dead letter that is too large goes in gzip; one that is refused all the same stays in the queue", async () => {
      const again = refusing("record_too_large", ["event-01"], `${EXPOSURES}.dlq`);
      bus.next = [refusing("record_too_large", ["event-01"], EXPOSURES), again];
      expect(await deliver("m1", [{ id: "event-01" }])).toEqual([{ id: "m1", verdict: "ack" }]);
      expect(bus.given.at(-1)?.records.map(({ value }) => Object.keys(JSON.parse(String(value)) as object))).toEqual([
        ["_dlq_original_gzip_base64", "_dlq_metadata"],
      ]);
      bus.next = [
        refusing("record_too_large", ["event-02"], EXPOSURES),
        ...Array<Fate>(2).fill(refusing("record_too_large", ["event-02"], `${EXPOSURES}.dlq`)),
      ];
      const [verdict] = await deliver("m2", [{ id: "event-02" }, { id: "event-03" }]);
      expect(verdict).toMatchObject({
        id: "m2",
        verdict: "retry",
        reason: expect.stringContaining("its dead letter was refused"),
      });
      expect((await onBus())[EXPOSURES]).toEqual(["event-03"]);
      expect(sums()).toMatchObject({ taken: 3, delivered: 1, dead_lettered: 1, held: 1 });
    });

    test("without dead letters what can never be delivered stays in its queue", async () => {
      open({ ENABLE_DLQ: "false" });
      const [verdict] = await deliver("m1", [{ id: "event-01" }, "no envelope"]);
      expect(verdict).toMatchObject({ verdict: "retry", reason: expect.stringContaining("ENABLE_DLQ is false") });
      expect(await onBus()).toEqual({ [EXPOSURES]: ["event-01"] });
      expect(sums()).toMatchObject({ taken: 2, delivered: 1, held: 1 });
    });

    test("events of a topic that is down are held, the others go on, and each is delivered and counted once", async () => {
      const fault: Fate = () => ({ error: new PublishError("absent", "not enough replicas", { topics: [OUTCOMES] }) });
      bus.next = Array<Fate>(5).fill(fault);
      const events: Given[] = [{ id: "event-01" }, { id: "click-01", event_type: "click" }, { id: "event-02" }];
      await expect(deliver("m1", events)).rejects.toThrow("not enough replicas");
      expect(await deliver("m1", events)).toMatchObject([{ id: "m1", verdict: "retry", delay_seconds: 1 }]);
      expect(await onBus()).toEqual({ [EXPOSURES]: ["event-01", "event-02"] });
      expect(sums()).toMatchObject({ taken: 3, delivered: 2, held: 1 });
      await vi.waitFor(async () => expect(await deliver("m1", events)).toEqual([{ id: "m1", verdict: "ack" }]), {
        timeout: 5_000,
        interval: 100,
      });
      expect(await onBus()).toEqual({ [EXPOSURES]: ["event-01", "event-02"], [OUTCOMES]: ["click-01"] });
      expect(sums()).toMatchObject({ taken: 3, delivered: 3, duplicates: 0, held: 0 });
    });

    test("where the topic of the dead letters is down as well, what would be dead-lettered is held, and its neighbours go on", async () => {
      const dlq = `${EXPOSURES}.dlq`;
      const down: Fate = ({ records }) =>
        records.some(({ topic }) => topic === dlq)
          ? { error: new PublishError("absent", "not enough replicas", { topics: [dlq] }) }
          : undefined;
      // The dead letter is tried until its topic's breaker opens; the batch without it gets through.
      bus.next = [refusing("record_too_large", ["event-01"], EXPOSURES), down, down, down];
      const events = [{ id: "event-01" }, { id: "event-02" }];
      await expect(deliver("m1", events)).rejects.toThrow("not enough replicas");
      bus.next = [refusing("record_too_large", ["event-01"], EXPOSURES), down, down];
      expect(await deliver("m1", events)).toMatchObject([{ verdict: "retry", reason: expect.stringContaining(dlq) }]);
      expect(await onBus()).toEqual({ [EXPOSURES]: ["event-02"] });
      expect(sums()).toMatchObject({ taken: 2, delivered: 1, held: 1 });
    });

    test("a batch that got through in part and was given up is completed before anything else is taken", async () => {
      bus.next = Array<Fate>(3).fill(half(kind.transactions));
      await expect(
        deliver("m1", [{ id: "event-01" }, { id: "event-02" }, { id: "event-03" }, { id: "event-04" }]),
      ).rejects.toThrow("no answer");
      await deliver("m2", [{ id: "event-05" }]);
      await deliver("m1", [{ id: "event-01" }, { id: "event-02" }, { id: "event-03" }, { id: "event-04" }]);
      expect((await onBus())[EXPOSURES]?.toSorted()).toEqual(["event-01", "event-02", "event-03", "event-04", "event-05"]);
      expect(sums()).toMatchObject({ taken: 5, delivered: 5, duplicates: 0, held: 0 });
    });

    test("where a round fails, what waits behind it is given back too, so that no event overtakes the one before it", async () => {
      bus.next = Array<Fate>(3).fill(busDown);
      const first = deliver("m1", [{ id: "event-01", partition_key: "k" }]);
      const second = deliver("m2", [{ id: "event-02", partition_key: "k" }]);
      const third = bus.published(3).then(() => deliver("m3", [{ id: "event-03", partition_key: "k" }]));
      const settled = await Promise.allSettled([first, second, third]);
      expect(settled.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
      await deliver("m1", [{ id: "event-01", partition_key: "k" }]);
      expect(await onBus()).toEqual({ [EXPOSURES]: ["event-01"] });
    });

    test("what got through before another topic failed is on the bus once, though its own topic rests by then", async () => {
      const fault: Fate = ({ records }) => ({
        through: kind.transactions ? [] : records.filter(({ topic }) => topic === EXPOSURES),
        error: new PublishError("absent", "not enough replicas", {
          topics: [OUTCOMES, EXPOSURES],
          ...(kind.transactions ? {} : { missing: records.filter(({ topic }) => topic === OUTCOMES) }),
        }),
      });
      const events: Given[] = [{ id: "event-01" }, { id: "click-01", event_type: "click" }];
      open({ EVENT_BUS_CIRCUIT_BREAKER_FAILURE_THRESHOLD: "1" });
      bus.next = [fault];
      expect(await deliver("m1", events)).toMatchObject([{ id: "m1", verdict: "retry" }]);
      const again = () => deliver("m1", events);
      await vi.waitFor(async () => expect(await again()).toEqual([{ id: "m1", verdict: "ack" }]), {
        timeout: 5_000,
        interval: 100,
      });
      expect(await onBus()).toEqual({ [EXPOSURES]: ["event-01"], [OUTCOMES]: ["click-01"] });
      expect(sums()).toMatchObject({ taken: 2, delivered: 2, duplicates: 0, held: 0 });
    });

    test("a message that was settled in part and is poison then is dead-lettered, and counted once", async () => {
      open({ ENABLE_DLQ: "false" });
      await deliver("m1", [{ id: "event-01" }, "no envelope", { id: "event-02" }]);
      for (let i = 0; i < 4; i++) openSuspects(folder).begin([{ queue: "events", id: "m1" }]);
      open();
      expect(await deliver("m1", [{ id: "event-01" }, "no envelope", { id: "event-02" }])).toEqual([
        { id: "m1", verdict: "ack" },
      ]);
      expect(Object.keys(await onBus())).toContain("edge.event.rejected.v1.dlq");
      expect(sums()).toMatchObject({ taken: 3, delivered: 2, dead_lettered: 1, held: 0 });
    });

    test("with dedup off every copy is forwarded", async () => {
      open({ ENABLE_DEDUP: "false" });
      await deliver("m1", [{ id: "event-01" }, { id: "event-01" }]);
      await deliver("m2", [{ id: "event-01" }]);
      expect(await onBus()).toEqual({ [EXPOSURES]: ["event-01", "event-01", "event-01"] });
    });

    test("a message that was worked on when the process ended runs alone, and its neighbours after it", async () => {
      openSuspects(folder).begin([{ queue: "events", id: "m2" }]);
      open();
      const messages = ["m1", "m2", "m3"].map((id) => queued(id, pack([envelope({ id: `event-${id}` })])));
      const verdicts = await pipeline.take({ queue: "events", messages });
      expect(verdicts.map(({ verdict }) => verdict)).toEqual(["ack", "ack", "ack"]);
      expect(bus.given.map(({ records }) => records.map(idOf))).toEqual([["event-m1"], ["event-m2"], ["event-m3"]]);
      expect(openSuspects(folder).isSuspect({ queue: "events", id: "m2" })).toBe(false);
    });

    test("a message that ended the process alone three times is dead-lettered unread", async () => {
      for (let i = 0; i < 4; i++) openSuspects(folder).begin([{ queue: "events", id: "m1" }]);
      open();
      expect(await deliver("m1", [{ id: "event-01" }])).toEqual([{ id: "m1", verdict: "ack" }]);
      expect(Object.keys(await onBus())).toEqual(["edge.event.rejected.v1.dlq"]);
      const deadLetter = JSON.parse(String(bus.given[0]?.records[0]?.value)) as Record<string, unknown>;
      expect(deadLetter).toMatchObject({ _dlq_metadata: { error_code: "poison_message", error_type: "poison" } });
      expect(String(Buffer.from(String(deadLetter["_dlq_original_base64"]), "base64"))).toContain("event-01");
    });
  },
);
