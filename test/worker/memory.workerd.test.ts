/** What hostile bodies cost in memory: the peak of real workerd's, as the kernel counts it. */
import { once } from "node:events";
import { existsSync } from "node:fs";
import { connect } from "node:net";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { createGzip } from "node:zlib";
import { WIRE_LIMITS, type ErrorAnswer } from "@sightline/client/wire";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { HIGH_LIMITS, startCollector, type Collector } from "../services/collector.ts";
import { validEvents } from "../wire/load.ts";
import { recordingRelay, type RecordingRelay } from "./recording-relay.ts";
import { childWorkerd, workerdMemory, type WorkerdMemory } from "./workerd-memory.ts";

const MIB = 1024 * 1024;
const click = { ...validEvents().find(({ name }) => name === "click")?.event };
const refused = { status: 413, code: "body_too_large", details: { limit_bytes_unpacked: WIRE_LIMITS.bodyBytes } };

let relay: RecordingRelay;
let collector: Collector;
let memory: WorkerdMemory;
let bomb: Uint8Array<ArrayBuffer>;

async function post(body: BodyInit, more = "") {
  const headers = { "content-type": "text/plain" };
  const response = await fetch(`${collector.url}/v1/events?k=wk_demo${more}`, { method: "POST", headers, body });
  const { error } = (await response.json()) as Partial<ErrorAnswer>;
  return { status: response.status, code: error?.code, details: error?.details };
}

const takenIds = () => relay.envelopes<{ id: string }>("sightline-events").map(({ id }) => id);

/** Expects an event that is posted now to arrive at the relay. */
async function takes(event_id: string): Promise<void> {
  expect(await post(JSON.stringify({ events: [{ ...click, event_id }] }))).toMatchObject({ status: 202 });
  await expect.poll(takenIds, { timeout: 10_000 }).toContain(event_id);
}

describe.skipIf(!existsSync("/proc/self/clear_refs"))("a bomb of 1 GiB from 1 MB", () => {
  beforeAll(async () => {
    relay = await recordingRelay();
    collector = await startCollector({ relayUrl: relay.url, relayToken: "t", limits: HIGH_LIMITS });
    const gigabyte = Readable.from(Array(64).fill(Buffer.alloc(16 * MIB)));
    bomb = Uint8Array.from(await buffer(gigabyte.pipe(createGzip({ level: 9 }))));
    memory = workerdMemory(childWorkerd());
  });
  afterAll(async () => {
    await collector?.close();
    await relay?.close();
  });

  test("is refused within 100 MB, and the collector goes on", async () => {
    expect(bomb.length).toBeLessThan(WIRE_LIMITS.bodyBytes);
    await takes("before-the-bomb");
    const idle = memory.resident();
    memory.forgetPeak();
    expect(await post(bomb, "&z=gzip")).toEqual(refused);
    expect(memory.peak() - idle).toBeLessThan(100 * MIB);
    await takes("after-one-bomb");
  });

  test("is refused by eight at once, again and again, with workerd within 300 MB", async () => {
    memory.forgetPeak();
    for (let i = 0; i < 4; i++) {
      const answers = await Promise.all(Array.from({ length: 8 }, () => post(bomb, "&z=gzip")));
      expect(answers).toEqual(answers.map(() => refused));
    }
    expect(memory.peak()).toBeLessThan(300 * MIB);
    await takes("after-many-bombs");
  });
});

describe.skipIf(!existsSync("/proc/self/clear_refs"))("500 uploads of 1 MB that never end", () => {
  const SENT = 900_000;
  beforeAll(async () => {
    relay = await recordingRelay();
    // Longer than the test may take: what is held is not to be given back by time.
    collector = await startCollector({
      relayUrl: relay.url,
      relayToken: "t",
      limits: HIGH_LIMITS,
      vars: { READ_TIMEOUT_MS: 60_000 },
    });
    memory = workerdMemory(childWorkerd());
  });
  afterAll(async () => {
    await collector?.close();
    await relay?.close();
  });

  /** Sends most of a body on a connection of its own; `answered` is the status line, where there is one. */
  function upload(length: string, chunk: (bytes: Buffer) => Buffer[]) {
    const { hostname, port } = new URL(collector.url);
    const socket = connect(Number(port), hostname);
    const head = `POST /v1/events?k=wk_demo HTTP/1.1\r\nHost: ${hostname}\r\nContent-Type: text/plain\r\n${length}\r\n\r\n`;
    socket.on("error", () => undefined);
    socket.write(head);
    for (const part of chunk(Buffer.alloc(SENT, " "))) socket.write(part);
    return {
      socket,
      answered: once(socket, "data").then(
        ([data]) => String(data).split("\r\n")[0],
        () => "",
      ),
    };
  }

  test.for([
    ["of which the length is told", "Content-Length: 1000000", (bytes: Buffer) => [bytes]],
    ["in chunks", "Transfer-Encoding: chunked", (bytes: Buffer) => [Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes]],
  ] as const)("%s hold no more than is set: the others are 503, and a page's event is taken", async ([name, length, chunk]) => {
    await takes("before-the-uploads");
    const idle = memory.resident();
    memory.forgetPeak();
    const uploads = Array.from({ length: 500 }, () => upload(length, chunk));
    const answers: string[] = [];
    for (const { answered } of uploads) void answered.then((line) => answers.push(line ?? ""));
    // Half of 32 MiB is for large bodies: sixteen of them.
    await expect.poll(() => answers.length, { timeout: 30_000 }).toBeGreaterThanOrEqual(500 - 18);
    expect(new Set(answers)).toEqual(new Set(["HTTP/1.1 503 Service Unavailable"]));
    await takes("in-the-middle");
    const held = memory.peak() - idle;
    console.log(`500 uploads ${name}: workerd's peak is ${(held / MIB).toFixed(0)} MiB over ${(idle / MIB).toFixed(0)}`);
    expect(held).toBeLessThan(200 * MIB);
    for (const { socket } of uploads) socket.destroy();
  });
});
