import { afterEach, beforeEach, expect, test } from "vitest";
import { createSender, type Sender, type WireEvent } from "../../../client/src/server/index.ts";
import type { WireBatch } from "../../../client/src/wire/index.ts";
import { someEvents, startScriptedCollector, takeAll, type Answer, type ScriptedCollector } from "./scripted-collector.ts";

let collector: ScriptedCollector;
let sender: Sender;

const unnamed = (n: number): WireEvent[] =>
  someEvents(n).map((event) => ({ ...event, event_id: undefined }) as unknown as WireEvent);
const sentIds = (): string[] => collector.requests.flatMap(({ batch }) => batch.events.map(({ event_id = "" }) => event_id));
const keys = (): unknown[] => collector.requests.map(({ headers }) => headers["idempotency-key"]);

/** All are taken but one, which is to be sent again. */
function refuse({ events }: WireBatch, index: number): Answer {
  const errors = [{ index, error: "queue_unavailable", message: "send it again", retryable: true }];
  return { status: 207, body: { accepted: events.length - 1, rejected: 1, duplicates: 0, errors } };
}

beforeEach(async () => {
  collector = await startScriptedCollector();
  sender = createSender({ endpoint: collector.url, key: "sk" });
});
afterEach(() => collector.close());

test("an idempotency key gives each event one id over all requests, the same when the call is made again, and leaves ids alone", async () => {
  const list = [...unnamed(700), ...someEvents(1)];
  await sender.send(list, { idempotencyKey: "order-1" });
  const ids = sentIds();
  expect([ids.length, new Set(ids).size, ids[700]]).toEqual([701, 701, "event-0"]);
  for (const id of ids.slice(0, 700)) expect(id).toMatch(/^key_[0-9a-f]{32}$/);
  collector.requests = [];
  await createSender({ endpoint: collector.url, key: "sk" }).send(list, { idempotencyKey: "order-1" });
  expect(sentIds()).toEqual(ids);
  collector.requests = [];
  await sender.send(list.slice(0, 700), { idempotencyKey: "order-2" });
  expect(sentIds().filter((id) => ids.includes(id))).toEqual([]);
});

/** The ids that a list is sent with. */
async function idsOf(list: WireEvent[], key = "sk") {
  collector.requests = [];
  await createSender({ endpoint: collector.url, key }).send(list, { idempotencyKey: "order-1", common: { unit_id: "u_1" } });
  return sentIds();
}

test("under a key the same event has the same id in another list, another order and with its fields in another order; another server key makes others", async () => {
  const [one, two] = unnamed(2).map((event, place) => ({ ...event, metrics: { place, a: 1 } })) as unknown as [
    WireEvent,
    WireEvent,
  ];
  const turned = Object.fromEntries(Object.entries({ ...one, metrics: { a: 1, place: 0 } }).toReversed()) as unknown as WireEvent;
  const [idOne, idTwo, copy] = await idsOf([one, two, one]);
  expect(new Set([idOne, idTwo, copy]).size).toBe(3);
  expect(await idsOf([two])).toEqual([idTwo]);
  expect(await idsOf([two, turned])).toEqual([idTwo, idOne]);
  const guessed = await idsOf([one, two], "sk_other");
  expect([idOne, idTwo].filter((id) => guessed.includes(id as string))).toEqual([]);
});

test("under a key an event keeps its id where a request is split, cut, or sent again in part", async () => {
  const placeOf = new Map<string, Set<number>>();
  collector.answer = (batch, count) => {
    for (const { event_id = "", metrics } of batch.events)
      placeOf.set(event_id, (placeOf.get(event_id) ?? new Set()).add(metrics!["place"]!));
    if (batch.events.length > 4) return { status: 413, body: {} };
    return count === 2 ? "cut" : count === 3 ? refuse(batch, 2) : takeAll(batch);
  };
  const list = unnamed(8).map((event, place) => ({ ...event, metrics: { place } }));
  expect(await sender.send(list, { idempotencyKey: "order-1" })).toMatchObject({ accepted: 8, rejected: 0 });
  expect([...placeOf.values()].map((places) => [...places])).toEqual([[0], [1], [2], [3], [4], [5], [6], [7]]);
  expect(collector.requests.map(({ batch }) => batch.events.length)).toEqual([8, 4, 4, 1, 4]);
});

test("a key is the header of a whole list, and tells requests with other events apart", async () => {
  collector.answer = (batch, count) => (count < 3 ? refuse(batch, 0) : count === 3 ? "cut" : takeAll(batch));
  await sender.send(someEvents(2), { idempotencyKey: "order-1" });
  const [whole, part, same] = keys();
  expect(whole).toBe("order-1");
  expect(part).toMatch(/^order-1-[0-9a-f]{32}$/);
  expect(same).toBe(part);
  collector.requests = [];
  collector.answer = takeAll;
  await sender.send(someEvents(1_000), { idempotencyKey: "order-1" });
  expect(new Set([...keys(), whole, part]).size).toBe(4);
});

test.each([[""], ["two words"], ["über"], ["line\nbreak"], ["x".repeat(201)]])(
  "a key of %j is refused",
  async (idempotencyKey) => {
    await expect(sender.send(someEvents(1), { idempotencyKey })).rejects.toThrow(
      "idempotencyKey: expected 1 to 200 visible characters",
    );
    expect(collector.requests).toEqual([]);
  },
);
