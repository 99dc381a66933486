import { WIRE_LIMITS, type BatchAnswer } from "@sightline/client/wire";
import { afterAll, beforeAll, expect, test } from "vitest";
import { HIGH_LIMITS, startCollector, type Collector } from "../services/collector.ts";
import type { Envelope, Rejection } from "../../worker/src/envelope/envelope.ts";
import { readPack } from "../../worker/src/envelope/pack.ts";
import { validEvents } from "../wire/load.ts";
import { recordingRelay, type RecordingRelay } from "./recording-relay.ts";

const click = { ...validEvents().find(({ name }) => name === "click")?.event };
const clicks = (prefix: string) =>
  Array.from({ length: WIRE_LIMITS.events }, (_, i) => ({ ...click, event_id: `${prefix}-${i}`.padEnd(12, "_") }));

let relay: RecordingRelay;
let collector: Collector;
beforeAll(async () => {
  relay = await recordingRelay();
  collector = await startCollector({ relayUrl: relay.url, relayToken: "t", limits: HIGH_LIMITS });
});
afterAll(async () => {
  await collector.close();
  await relay.close();
});

async function post(batch: object) {
  const body = JSON.stringify(batch);
  const headers = { "content-type": "text/plain" };
  const response = await fetch(`${collector.url}/v1/events?k=wk_demo`, { method: "POST", headers, body });
  return { status: response.status, answer: await response.json() };
}

const isThird = (index: number): boolean => index % 3 === 2;
// Packs may arrive in any order.
const takenIds = () =>
  relay
    .envelopes<Envelope>("sightline-events")
    .map(({ id }) => id)
    .toSorted();
const messages = () =>
  relay.deliveries.filter(({ queue }) => queue === "sightline-events").flatMap((delivery) => delivery.messages);
const recordedIndexes = () =>
  relay
    .envelopes<Envelope<Rejection>>("sightline-rejects")
    .map(({ payload }) => payload.index)
    .toSorted((a, b) => a - b);

test("of 500 events of which each third is bad, the others reach the relay, and each bad one is named and recorded", async () => {
  const events = clicks("thirds").map((event, i) => (isThird(i) ? { ...event, item_id: 7 } : event));
  const { status, answer } = (await post({ events })) as { status: number; answer: BatchAnswer };
  expect(status).toBe(207);
  expect(answer).toMatchObject({ accepted: 334, rejected: 166, duplicates: 0 });
  const bad = [...events.keys()].filter(isThird);
  expect(answer.errors).toEqual(
    bad.map((index) => ({
      index,
      event_id: events[index]?.event_id,
      error: "invalid_item_id",
      path: "item_id",
      message: expect.any(String),
      retryable: false,
    })),
  );
  const good = events.filter((_, i) => !isThird(i)).map(({ event_id }) => event_id);
  await expect.poll(takenIds).toEqual(good.toSorted());
  await expect.poll(recordedIndexes).toEqual(bad);
});

test("500 events go as two messages at most, in gzip, and each reaches the relay", async () => {
  const messagesBefore = messages().length;
  const takenBefore = takenIds();
  const events = clicks("whole");
  expect(await post({ events })).toMatchObject({ status: 202, answer: { accepted: 500 } });
  await expect.poll(takenIds).toEqual([...takenBefore, ...events.map(({ event_id }) => event_id)].toSorted());
  const packs = messages().slice(messagesBefore);
  expect(packs.length).toBeLessThanOrEqual(2);
  for (const { body } of packs) expect(readPack(body).header).toMatchObject({ v: 2, encoding: "gzip" });
});

test("500 events with a common of 32 KiB are 413 with the limits, however short they are", async () => {
  const note = Object.fromEntries(Array.from({ length: 7 }, (_, i) => [`note_${i}`, "x".repeat(4000)]));
  const common = { context: { ...note, rest: "x".repeat(3000) } };
  const { status, answer } = await post({ common, events: clicks("common") });
  expect({ status, answer }).toMatchObject({
    status: 413,
    answer: { error: { code: "body_too_large", details: { events: 500, limit_bytes_merged: WIRE_LIMITS.bodyBytes } } },
  });
});
