/** What every source must do, over queues that are on the disk. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Delivery, Verdict } from "../../../worker/src/envelope/delivery.ts";
import { NotTaking } from "../../../relay/service/source/not-taking.ts";
import type { Source, SourceParts } from "../../../relay/service/source/source.ts";
import { openQueues, QUEUES, type Queues } from "./queues.ts";

type Take = SourceParts["take"];

/** Starts a source that takes from the queues; `end` ends what stands around it. */
export type StartSource = (
  queues: Queues,
  parts: Pick<SourceParts, "take" | "notTaking">,
) => Promise<{ source: Source; end: () => Promise<void> }>;

const PATIENCE = { timeout: 15_000, interval: 10 };
const until = <T>(check: () => T | Promise<T>): Promise<T> => vi.waitFor(check, PATIENCE);
const ackAll = ({ messages }: Pick<Delivery<Buffer>, "messages">): Verdict[] =>
  messages.map(({ id }) => ({ id, verdict: "ack" }));
const bodies = (deliveries: Delivery<Buffer>[]): string[] =>
  deliveries.flatMap(({ messages }) => messages.map(({ body }) => body.toString()));

/** Runs the suite. */
export function sourceContract(name: string, startSource: StartSource): void {
  describe(`the source ${name}`, () => {
    let queues: Queues;
    let ends: (() => Promise<void>)[];
    let taken: Delivery<Buffer>[];
    let reason: string | undefined;

    const start = async (take: Take): Promise<Source> => {
      const recorded: Take = (delivery) => {
        taken.push(delivery);
        return take(delivery);
      };
      const { source, end } = await startSource(queues, { take: recorded, notTaking: () => reason });
      ends.push(() => source.stop(), end);
      return source;
    };
    /** Until something of the messages is as expected, time going on. */
    const inTime = (check: () => void): Promise<void> =>
      until(() => {
        queues.advance(1);
        check();
      });

    beforeEach(async () => {
      [taken, ends, reason] = [[], [], undefined];
      queues = await openQueues();
    });
    afterEach(async () => {
      for (const end of ends) await end();
      await queues.close();
    });

    test("acks a message when its verdict is there, and not before", async () => {
      const verdict = Promise.withResolvers<void>();
      await start(async (delivery) => {
        await verdict.promise;
        return ackAll(delivery);
      });
      queues.put(["one"]);
      await until(() => expect(taken).toHaveLength(1));
      expect(queues.lying()).toMatchObject([{ body: "one", leased: true, attempts: 1 }]);
      verdict.resolve();
      await until(() => expect(queues.lying()).toEqual([]));
    });

    test("gives back what is to be retried, not to come before its delay, and acks its neighbours", async () => {
      await start(async ({ messages }) =>
        messages.map(({ id, body }): Verdict =>
          body.toString() === "later" ? { id, verdict: "retry", delay_seconds: 600, reason: "not yet" } : { id, verdict: "ack" },
        ),
      );
      queues.put(["first", "later", "last"]);
      await until(() => expect(queues.lying()).toMatchObject([{ body: "later", leased: false }]));
      expect(queues.lying()[0]?.dueIn).toBeGreaterThan(590);
      queues.advance(610);
      await until(() => expect(bodies(taken).filter((body) => body === "later")).toHaveLength(2));
    });

    test("waits longer each time a message is given back, and counts its deliveries", async () => {
      await start(async ({ messages }) =>
        messages.map(({ id }) => ({ id, verdict: "retry", delay_seconds: 0, reason: "not yet" })),
      );
      queues.put(["again"]);
      await until(() => expect(queues.lying()).toMatchObject([{ leased: false, attempts: 1 }]));
      const first = queues.lying()[0]?.dueIn ?? 0;
      queues.advance(first);
      await until(() => expect(queues.lying()).toMatchObject([{ leased: false, attempts: 2 }]));
      expect(queues.lying()[0]?.dueIn).toBeGreaterThan(first);
      expect(taken.map(({ messages }) => messages.map(({ attempts }) => attempts))).toEqual([[1], [2]]);
    });

    test("keeps messages in the order they have in their queue", async () => {
      reason = "not yet";
      await start(async (delivery) => ackAll(delivery));
      const texts = Array.from({ length: 250 }, (_, i) => `message ${i}`);
      for (let at = 0; at < texts.length; at += 50) queues.put(texts.slice(at, at + 50));
      reason = undefined;
      await inTime(() => expect(queues.lying()).toEqual([]));
      for (const { messages } of taken) {
        const places = messages.map(({ body }) => texts.indexOf(body.toString()));
        expect(places).toEqual(places.toSorted((a, b) => a - b));
      }
      expect(bodies(taken).toSorted()).toEqual(texts.toSorted());
    });

    test("takes nothing while the relay does not, and by itself when it does again", async () => {
      reason = "the bus is down";
      await start(async (delivery) => ackAll(delivery));
      queues.put(["one"]);
      await until(() => expect(queues.lying()).toHaveLength(1));
      queues.advance(60);
      expect(taken).toEqual([]);
      reason = undefined;
      await inTime(() => expect(queues.lying()).toEqual([]));
      expect(bodies(taken)).toEqual(["one"]);
    });

    test("has the queue deliver again what a take failed over", async () => {
      let failures = 0;
      await start(async (delivery) => {
        if (failures++ < 2) throw new Error("no such luck");
        return ackAll(delivery);
      });
      queues.put(["one", "two"]);
      await inTime(() => expect(queues.lying()).toEqual([]));
      expect(new Set(bodies(taken))).toEqual(new Set(["one", "two"]));
      expect(failures).toBeGreaterThan(2);
    });

    test("does not come back sooner than a relay asks that takes no more", async () => {
      let refused = true;
      await start(async (delivery) => {
        if (refused) throw new NotTaking("the bus is down", 300);
        return ackAll(delivery);
      });
      queues.put(["one"]);
      await until(() => expect(queues.lying()).toMatchObject([{ leased: false, attempts: 1 }]));
      expect(queues.lying()[0]?.dueIn).toBeGreaterThan(290);
      refused = false;
      queues.advance(310);
      await until(() => expect(queues.lying()).toEqual([]));
    });

    test("never acks a message that has no verdict", async () => {
      await start(async ({ messages }) => ackAll({ messages: messages.filter(({ body }) => body.toString() !== "forgotten") }));
      queues.put(["kept", "forgotten"]);
      await until(() => expect(queues.lying()).toMatchObject([{ body: "forgotten", leased: false }]));
    });

    test("says which queue a message is from, a dead-letter queue too", async () => {
      await start(async (delivery) => ackAll(delivery));
      queues.put(["fresh"]);
      queues.put(["tired"], QUEUES[1]);
      await until(() => expect(queues.lying()).toEqual([]));
      const byQueue = Object.fromEntries(taken.map((delivery) => [delivery.queue, bodies([delivery])]));
      expect(byQueue).toEqual({ "sightline-events": ["fresh"], "sightline-events-dlq": ["tired"] });
    });

    test("hands a text over as it was put in, with its id and its time", async () => {
      await start(async (delivery) => ackAll(delivery));
      const texts = ['{"v":1}\n{"a":"é\\u0000"}\n', "", "\n\n", " \u2028 \ud83d\ude00 \t", "x".repeat(100_000)];
      queues.put(texts);
      await until(() => expect(queues.lying()).toEqual([]));
      expect(bodies(taken)).toEqual(texts);
      const messages = taken.flatMap((delivery) => delivery.messages);
      expect(new Set(messages.map(({ id }) => id)).size).toBe(texts.length);
      for (const { sent_at } of messages) expect(Math.abs(Date.now() - Date.parse(sent_at))).toBeLessThan(60_000);
    });

    test("told to stop, it takes no more, and has stopped when what it took has its verdict with the queue", async () => {
      const verdict = Promise.withResolvers<void>();
      const source = await start(async (delivery) => {
        await verdict.promise;
        return ackAll(delivery);
      });
      queues.put(["one"]);
      await until(() => expect(taken).toHaveLength(1));
      let stopped = false;
      const stopping = source.stop().then(() => (stopped = true));
      queues.put(["two"]);
      // In the time of so many requests one that does not wait would have stopped.
      for (let i = 0; i < 30; i++) await fetch(new URL("/livez", queues.emulator.apiUrl));
      expect(stopped).toBe(false);
      verdict.resolve();
      await stopping;
      await until(() => expect(queues.lying()).toMatchObject([{ body: "two" }]));
      expect(bodies(taken)).toEqual(["one"]);
    });
  });
}
