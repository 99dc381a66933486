import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { defineSaga } from "../../../../relay/eventbus/saga/define-saga.ts";
import { createSagas } from "../../../../relay/eventbus/saga/sagas.ts";
import { migrateSagas } from "../../../../relay/eventbus/saga/store.ts";
import { type Database, databases, tellingBus } from "../sql-stage.ts";

/** An order in three steps, whose calls are noted; `fails` says which of them throw. */
function orderSaga(calls: string[], fails: (call: string, attempt: number) => boolean = () => false) {
  const call = (name: string) => (context: { attempt: number; idempotencyKey: string }) => {
    calls.push(context.idempotencyKey);
    if (fails(name, context.attempt)) throw new Error(`${name} cannot be`);
  };
  const reserve = call("reserve");
  return defineSaga<{ order: number; reserved?: string }>({
    name: "order",
    steps: [
      {
        name: "reserve",
        run(context) {
          reserve(context);
          return { reserved: `r${context.data.order}` };
        },
        compensate: call("release"),
      },
      { name: "tell", run: call("tell") },
      { name: "charge", run: call("charge"), compensate: call("refund"), attempts: 3 },
    ],
  });
}

const tellAndReleaseFail = (call: string, attempt: number) => call === "tell" || (call === "release" && attempt < 3);

for (const [name, open, lacks] of databases(inject("postgres"))) {
  describe.skipIf(lacks !== undefined)(`sagas in ${lacks ?? name}`, () => {
    let database: Database;
    let { bus, told, state } = tellingBus();
    const types = () => told.map(({ event }) => [event.event_type, event["step"]].filter(Boolean).join(" "));
    beforeAll(async () => {
      database = await open();
      await migrateSagas(database.db);
    });
    beforeEach(async () => {
      ({ bus, told, state } = tellingBus());
      await database.db.query("DELETE FROM sightline_sagas");
      await database.db.query("DELETE FROM sightline_saga_replies");
    });
    afterAll(() => database.close());

    test("steps run in order, each adds to the data, and each is told on the saga's topic", async () => {
      const calls: string[] = [];
      const sagas = createSagas({ db: database.db, bus, sagas: [orderSaga(calls)] });
      expect(await sagas.start("order", "o1", { order: 7 })).toBe(true);
      expect(await sagas.start("order", "o1", { order: 8 })).toBe(false);
      await sagas.settle();
      expect(calls).toEqual(["o1:reserve", "o1:tell", "o1:charge"]);
      expect(await sagas.get("o1")).toMatchObject({ status: "completed", data: { order: 7, reserved: "r7" }, nextAt: null });
      const steps = ["reserve", "tell", "charge"].map((step) => `saga.step.completed.v1 ${step}`);
      expect(types()).toEqual(["saga.started.v1", ...steps, "saga.completed.v1"]);
      expect(new Set(told.map(({ stream, key }) => `${stream} ${key}`))).toEqual(new Set(["saga.order o1"]));
    });

    test("where a step fails after its tries, all that have begun are undone, the last first, and the failed one too", async () => {
      const calls: string[] = [];
      const sagas = createSagas({ db: database.db, bus, sagas: [orderSaga(calls, (call) => call === "charge")], pollMs: 20 });
      await sagas.start("order", "o2", { order: 1 });
      await sagas.settle();
      const undone = ["o2:charge:compensate", "o2:reserve:compensate"];
      expect(calls).toEqual(["o2:reserve", "o2:tell", ...Array.from({ length: 3 }, () => "o2:charge"), ...undone]);
      expect(await sagas.get("o2")).toMatchObject({ status: "compensated", error: "charge: charge cannot be" });
      expect(types().slice(3)).toEqual([
        "saga.step.failed.v1 charge",
        "saga.step.compensated.v1 charge",
        "saga.step.compensated.v1 reserve",
        "saga.compensated.v1",
      ]);
    });

    test("what undoes a step is tried until it succeeds, and that it failed is told once", async () => {
      const calls: string[] = [];
      const sagas = createSagas({ db: database.db, bus, sagas: [orderSaga(calls, tellAndReleaseFail)], pollMs: 20 });
      await sagas.start("order", "o3", { order: 1 });
      await sagas.settle();
      expect(calls.filter((call) => call === "o3:reserve:compensate")).toHaveLength(3);
      expect(types().filter((type) => type.startsWith("saga.compensation.failed.v1"))).toHaveLength(1);
      expect(await sagas.get("o3")).toMatchObject({ status: "compensated" });
    });

    test("a step that takes longer than its time is aborted, and has failed", async () => {
      const aborted: string[] = [];
      const slow = defineSaga({
        name: "slow",
        steps: [
          {
            name: "wait",
            timeoutMs: 20,
            run: ({ signal }) => new Promise<void>(() => signal.addEventListener("abort", () => aborted.push("wait"))),
          },
        ],
      });
      const sagas = createSagas({ db: database.db, bus, sagas: [slow], pollMs: 20 });
      await sagas.start("slow", "s1", {});
      await sagas.settle();
      expect(aborted).toEqual(["wait"]);
      expect(await sagas.get("s1")).toMatchObject({ status: "compensated", error: "wait: no end within 20 ms" });
    });

    describe("with a reply", () => {
      const replies = { "answer.given.v1": "done", "answer.refused.v1": "failed" } as const;
      const asking = defineSaga({
        name: "ask",
        steps: [
          { name: "ask", run: () => {}, replies, timeoutMs: 60_000, compensate: () => {} },
          { name: "thank", run: () => {} },
        ],
      });
      const started = async (now: () => number = Date.now) => {
        const sagas = createSagas({ db: database.db, bus, sagas: [asking], pollMs: 20, now });
        await sagas.start("ask", "a1", {});
        await sagas.settle();
        expect(await sagas.get("a1")).toMatchObject({ status: "waiting", step: 0 });
        return sagas;
      };

      test("a saga waits for it, by its correlation id; one that comes again, or of another saga, is none", async () => {
        const sagas = await started();
        const reply = {
          event_id: "e1",
          event_type: "answer.given.v1",
          timestamp: "2026-01-01T00:00:00Z",
          version: 1,
          correlation_id: "a1",
        };
        expect(await sagas.handle({ ...reply, correlation_id: "other" })).toBe(false);
        expect(await sagas.handle({ ...reply, event_type: "unrelated.v1", event_id: "e0" })).toBe(true);
        await sagas.settle();
        expect(await sagas.get("a1")).toMatchObject({ status: "waiting" });
        expect(await sagas.handle(reply)).toBe(true);
        expect(await sagas.handle(reply)).toBe(false);
        await sagas.settle();
        expect(await sagas.get("a1")).toMatchObject({ status: "completed", data: { ask: reply } });
      });

      test("one that says no has the saga undone", async () => {
        const sagas = await started();
        await sagas.handle({ event_id: "e2", event_type: "answer.refused.v1", saga_id: "a1" });
        await sagas.settle();
        expect(await sagas.get("a1")).toMatchObject({ status: "compensated", error: "ask: got answer.refused.v1" });
      });

      test("one that does not come in time, downtime included, has it undone", async () => {
        const time = { now: Date.now() };
        await started(() => time.now);
        time.now += 60_001;
        const later = createSagas({ db: database.db, bus, sagas: [asking], pollMs: 20, now: () => time.now });
        await later.settle();
        expect(await later.get("a1")).toMatchObject({ status: "compensated", error: "ask: no end within 60000 ms" });
      });

      test("one that comes while its step still runs is not lost", async () => {
        const asked = { by: async (): Promise<unknown> => undefined };
        const step = { name: "ask", run: async () => void (await asked.by()), replies: { "answer.given.v1": "done" } as const };
        const sagas = createSagas({ db: database.db, sagas: [defineSaga({ name: "early", steps: [step] })], pollMs: 20 });
        asked.by = () => sagas.handle({ event_id: "e3", event_type: "answer.given.v1", saga_id: "q1" });
        await sagas.start("early", "q1", {});
        await sagas.settle();
        expect(await sagas.get("q1")).toMatchObject({ status: "completed" });
      });
    });

    test("two processes share sagas: each step of each runs once", async () => {
      const calls: string[] = [];
      const stop = new AbortController();
      const make = () => createSagas({ db: database.db, bus, sagas: [orderSaga(calls)], concurrency: 3, pollMs: 5 });
      const [one, other] = [make(), make()];
      const running = [one, other].map((sagas) => sagas.run(stop.signal));
      for (let n = 0; n < 30; n++) await one.start("order", `p${n}`, { order: n });
      await other.settle();
      stop.abort();
      await Promise.all(running);
      expect(calls).toHaveLength(90);
      expect(new Set(calls).size).toBe(90);
      expect(types().filter((type) => type === "saga.completed.v1")).toHaveLength(30);
    });

    test("while the bus is down a saga waits, and what it has to tell is told before it goes on", async () => {
      const errors: string[] = [];
      const onError = ({ message }: Error): void => {
        errors.push(message);
        state.down = false;
      };
      const sagas = createSagas({ db: database.db, bus, sagas: [orderSaga([])], pollMs: 20, onError });
      state.down = true;
      await sagas.start("order", "b1", { order: 1 });
      await sagas.settle();
      expect(errors).toEqual(["the bus is down"]);
      expect(types()[0]).toBe("saga.started.v1");
      expect(await sagas.get("b1")).toMatchObject({ status: "completed" });
    });
  });
}

const step = (name: string) => ({ name, run: () => {}, replies: { "a.v1": "done" as const } });

test("a saga that could not be resumed, or whose reply could mean two steps, is refused", () => {
  expect(() => defineSaga({ name: "twice", steps: [step("a"), step("a")] })).toThrow(
    "expected each name of a step once, got a twice",
  );
  expect(() => defineSaga({ name: "twice", steps: [step("a"), step("b")] })).toThrow(
    "expected each type of reply once, got a.v1 twice",
  );
  expect(() => defineSaga({ name: "none", steps: [] })).toThrow("expected at least one step, got none");
});
