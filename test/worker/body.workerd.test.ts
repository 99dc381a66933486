import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { json } from "node:stream/consumers";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { WIRE_LIMITS, type ErrorAnswer } from "@sightline/client/wire";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { HIGH_LIMITS, startCollector, type Collector } from "../services/collector.ts";
import { validEvents } from "../wire/load.ts";
import { recordingRelay, type RecordingRelay } from "./recording-relay.ts";

const READ_TIMEOUT_MS = 1500;
const click = { ...validEvents().find(({ name }) => name === "click")?.event };
const batch = JSON.stringify({ events: [click] });
const padded = (bytes: number) => batch + " ".repeat(bytes - batch.length);

let relay: RecordingRelay;
let collector: Collector;
beforeAll(async () => {
  relay = await recordingRelay();
  collector = await startCollector({ relayUrl: relay.url, relayToken: "t", limits: HIGH_LIMITS, vars: { READ_TIMEOUT_MS } });
});
afterAll(async () => {
  await collector.close();
  await relay.close();
});

/** Begins a request, sends a part of a body, and never ends it; `response` is what it is answered all the same. */
async function unfinished(part: string) {
  const request = httpRequest(`${collector.url}/v1/events?k=wk_demo`, {
    method: "POST",
    headers: { "content-type": "text/plain" },
  });
  const response = once(request, "response").then(async ([incoming]) => [incoming.statusCode, await json(incoming)] as const);
  request.write(part);
  return { response, end: () => request.destroy() };
}

async function post(body: BodyInit, headers: Record<string, string> = {}, more = "") {
  const response = await fetch(`${collector.url}/v1/events?k=wk_demo${more}`, {
    method: "POST",
    headers: { "content-type": "text/plain", ...headers },
    body,
  });
  const answer = (await response.json()) as ErrorAnswer;
  return { status: response.status, code: answer.error?.code, details: answer.error?.details };
}

describe("media types", () => {
  test.for(["text/plain", "text/plain;charset=UTF-8", "application/json", "Application/JSON; charset=utf-8"])(
    "%s is taken",
    async (type) => {
      expect(await post(batch, { "content-type": type })).toMatchObject({ status: 202 });
    },
  );

  test.for([
    "application/x-www-form-urlencoded",
    "text/html",
    "text/plain; charset=latin1",
    "multipart/form-data; boundary=x",
    "",
  ])("'%s' is 415", async (type) => {
    expect(await post(Buffer.from(batch), { "content-type": type })).toMatchObject({
      status: 415,
      code: "unsupported_media_type",
    });
  });

  test("JSON that is not UTF-8 is unreadable", async () => {
    expect(await post(Buffer.from('{"events":["\xff"]}', "latin1"))).toMatchObject({ status: 400, code: "unreadable_body" });
  });
});

describe("size", () => {
  test("a body of 1 MiB is taken, and a byte more is 413 with the limit", async () => {
    expect(await post(padded(WIRE_LIMITS.bodyBytes))).toMatchObject({ status: 202 });
    expect(await post(padded(WIRE_LIMITS.bodyBytes + 1))).toEqual({
      status: 413,
      code: "body_too_large",
      details: { limit_bytes: WIRE_LIMITS.bodyBytes },
    });
  });

  test("a body that does not say its size is stopped at the limit, before it ends", async () => {
    const { response, end } = await unfinished(" ".repeat(WIRE_LIMITS.bodyBytes + 1));
    expect(await response).toMatchObject([413, { error: { code: "body_too_large" } }]);
    end();
  });
});

describe("gzip", () => {
  const packed = gzipSync(batch);

  test("is taken from pages by z, and from servers by Content-Encoding", async () => {
    expect(await post(packed, {}, "&z=gzip")).toMatchObject({ status: 202 });
    expect(await post(packed, { "content-encoding": "gzip" })).toMatchObject({ status: 202 });
  });

  test.for([
    ["cut off", packed.subarray(0, -6)],
    ["followed by something", Buffer.concat([packed, Buffer.from("{}")])],
    ["followed by zeros", Buffer.concat([packed, Buffer.alloc(8)])],
    ["not gzip at all", Buffer.from(batch)],
    ["packed twice", gzipSync(packed)],
  ] as const)("that is %s is unreadable", async ([, body]) => {
    expect(await post(body, {}, "&z=gzip")).toMatchObject({ status: 400, code: "unreadable_body" });
  });

  test("that unpacks to 1 MiB is taken, and to a byte more is 413 with the limit", async () => {
    expect(await post(gzipSync(padded(WIRE_LIMITS.bodyBytes)), {}, "&z=gzip")).toMatchObject({ status: 202 });
    expect(await post(gzipSync(padded(WIRE_LIMITS.bodyBytes + 1)), {}, "&z=gzip")).toEqual({
      status: 413,
      code: "body_too_large",
      details: { limit_bytes_unpacked: WIRE_LIMITS.bodyBytes },
    });
  });

  test("is the only encoding, and only once", async () => {
    expect(await post(brotliCompressSync(batch), { "content-encoding": "br" })).toMatchObject({
      status: 415,
      code: "unsupported_encoding",
    });
    expect(await post(packed, {}, "&z=zstd")).toMatchObject({ status: 415, code: "unsupported_encoding" });
    expect(await post(packed, { "content-encoding": "gzip" }, "&z=gzip")).toMatchObject({
      status: 415,
      code: "unsupported_encoding",
    });
    expect(await post(packed, { "content-encoding": "gzip, gzip" })).toMatchObject({ status: 415, code: "unsupported_encoding" });
  });
});

test("a body that trickles is 408, and nothing of it is taken", async () => {
  const { response, end } = await unfinished(batch.slice(0, 10));
  expect(await response).toMatchObject([408, { error: { code: "body_timeout" } }]);
  end();
});

const takenIds = () => relay.envelopes<{ id: string }>("sightline-events").map(({ id }) => id);

test("senders that go away in the middle leave nothing of their batches behind, and harm no other", async () => {
  const large = JSON.stringify({ events: Array.from({ length: 400 }, (_, i) => ({ ...click, event_id: `given-up-${i}` })) });
  const givenUp = Array.from({ length: 8 }, async () => {
    const request = httpRequest(`${collector.url}/v1/events?k=wk_demo`, {
      method: "POST",
      headers: { "content-type": "text/plain", "content-length": large.length },
    });
    request.on("error", () => undefined);
    await new Promise((resolve) => request.write(large.slice(0, large.length / 2), resolve));
    request.destroy();
  });
  const whole = JSON.stringify({ events: [{ ...click, event_id: "sent-whole" }] });
  expect(await Promise.all([post(whole), ...givenUp])).toMatchObject([{ status: 202 }, ...givenUp.map(() => undefined)]);
  await expect.poll(takenIds, { timeout: 10_000 }).toContain("sent-whole");
  expect(takenIds().filter((id) => id.startsWith("given-up"))).toEqual([]);
});
