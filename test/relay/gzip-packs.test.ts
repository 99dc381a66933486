/** Packs in gzip on their way through the relay: to the bus byte for byte, and to the dead letters where they cannot be read. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { resourceUsage } from "node:process";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { createGzip, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createLocalBus } from "../../relay/bus/adapters/local/local.ts";
import { decode } from "../../relay/service/decode/decode.ts";
import { type RunningRelay, runRelay } from "../../relay/service/main.ts";
import { deliver, envelope, KEYS, message, pack } from "./queue.ts";
import { untilReady } from "../services/until-ready.ts";

const RELAY_TOKEN = "a-token-for-the-tests";
const MIB = 1024 * 1024;

const gzip = (text: string): string => gzipSync(text).toString("base64");
const withHeader = (packed: string, header: object): string =>
  `${JSON.stringify({ v: 2, tenant_id: "t1", kind: "events", received_at: "2026-01-01T10:00:01.000Z", count: 1, encoding: "gzip", ...header })}\n${packed}`;

/** Envelope lines of exposures, each of them of some 5 kB. */
const linesOf = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => {
    const whole = envelope({ id: `${prefix}-${i}-event` });
    return JSON.stringify({ ...whole, payload: { ...whole.payload, payload: { note: `é ${i} `.repeat(700) } } });
  });

describe("packs in gzip", () => {
  let folder: string;
  let relay: RunningRelay;
  let url: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "sightline-gzip-"));
    relay = await runRelay({ RELAY_TOKEN, RELAY_PORT: "0", DATA_DIR: folder, LOG_LEVEL: "silent" });
    url = `http://127.0.0.1:${relay.port}`;
    await untilReady(url);
  });
  afterAll(async () => {
    await relay.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const bus = () => createLocalBus({ dataDir: folder, dlqSuffix: ".dlq" });
  const onBus = async (topic: string): Promise<string[]> =>
    (await Array.fromAsync(bus().read({ topics: [topic] }))).map(({ value }) => value.toString());
  const rounds = async (): Promise<number> => {
    const reader = bus();
    const { lastBatch } = await reader.open([]);
    await reader.close();
    return lastBatch;
  };

  test("an envelope is on the bus byte for byte, in its order, as if it had come plain", async () => {
    const lines = linesOf("whole", 60);
    const body = pack(lines);
    expect(body).toContain('"encoding":"gzip"');
    const answer = await deliver(url, RELAY_TOKEN, [message("whole", body)]);
    expect(await answer.json()).toEqual({ verdicts: [{ id: "whole", verdict: "ack" }] });
    expect((await onBus("rec.exposure.recorded.v1")).filter((line) => line.includes("whole-"))).toEqual(lines);
  });

  test("a pack whose gzip ends early is a dead letter that holds its bytes, and takes no other along", async () => {
    const whole = pack(linesOf("cut", 20));
    const cut = whole.slice(0, -100);
    const answer = await deliver(url, RELAY_TOKEN, [message("cut", cut), message("next", pack(linesOf("next", 20)))]);
    expect(await answer.json()).toMatchObject({ verdicts: [{ verdict: "ack" }, { verdict: "ack" }] });
    const deadLetter = JSON.parse((await onBus("edge.event.rejected.v1.dlq")).at(-1) ?? "") as Record<string, unknown>;
    expect(deadLetter).toMatchObject({
      _dlq_original_base64: Buffer.from(cut).toString("base64"),
      _dlq_metadata: { error_code: "undecodable_pack", error_message: expect.stringContaining("gzip") },
    });
    expect((await onBus("rec.exposure.recorded.v1")).filter((line) => line.includes('"next-'))).toHaveLength(20);
  });

  test("a delivery that unpacks to more than a round may hold goes in several, in order, and is answered once", async () => {
    const before = await rounds();
    const packs = Array.from({ length: 20 }, (_, i) => linesOf(`many-${String(i).padStart(2, "0")}`, 100));
    const bodies = packs.map((lines) => pack(lines));
    // All of it in one round, by what came over the wire.
    expect(bodies.join("").length).toBeLessThan(MIB);
    const messages = bodies.map((body, i) => message(`many-${i}`, body));
    const answer = await deliver(url, RELAY_TOKEN, messages);
    expect(await answer.json()).toEqual({ verdicts: messages.map(({ id }) => ({ id, verdict: "ack" })) });
    expect((await onBus("rec.exposure.recorded.v1")).filter((line) => line.includes('"many-'))).toEqual(packs.flat());
    const bytes = Buffer.byteLength(packs.flat().join("\n"));
    expect((await rounds()) - before).toBeGreaterThanOrEqual(Math.ceil(bytes / (4 * MIB)));
  });
});

describe("what is no pack in gzip", () => {
  const lines = linesOf("some", 20).join("\n");
  const told = { envelopes: 20, bytes: Buffer.byteLength(lines) };

  test("the same lines, told right, are read", () => {
    expect(decode(Buffer.from(withHeader(gzip(lines), told)), KEYS)).toMatchObject({
      lines: lines.split("\n").map((line) => ({ line })),
    });
  });

  test.for([
    ["base64 that ends early", withHeader(gzip(lines).slice(0, 200), told)],
    ["no base64", withHeader("???", told)],
    ["no gzip", withHeader(Buffer.from(lines).toString("base64"), told)],
    ["another encoding", withHeader(gzip(lines), { ...told, encoding: "br" })],
    [
      "a byte of gzip that changed",
      withHeader(
        gzip(lines).replace(/.(?=.{60}$)/, (c) => (c === "A" ? "B" : "A")),
        told,
      ),
    ],
    ["something after the gzip", withHeader(Buffer.concat([gzipSync(lines), Buffer.from("more")]).toString("base64"), told)],
    ["fewer bytes than it says", withHeader(gzip(lines), { ...told, bytes: told.bytes + 1 })],
    ["more bytes than it says", withHeader(gzip(lines), { ...told, bytes: told.bytes - 1 })],
    ["more envelopes than it says", withHeader(gzip(lines), { ...told, envelopes: 19 })],
    ["a size that is no number", withHeader(gzip(lines), { ...told, bytes: "all" })],
    ["bytes that are no UTF-8", withHeader(gzipSync(Buffer.from([0x7b, 0xff])).toString("base64"), { envelopes: 1, bytes: 2 })],
    ["two lines", `${withHeader(gzip(lines), told)}\nmore`],
  ] as const)("%s: the message, as it came, is one that can never be delivered", ([, body]) => {
    expect(decode(Buffer.from(body), KEYS)).toEqual({
      lines: [{ line: body, code: "undecodable_pack", message: expect.any(String), tenant_id: "" }],
    });
  });

  test("a bomb of 256 MiB is refused within 50 MB, whatever size it says", async () => {
    const zeros = Readable.from(Array(16).fill(Buffer.alloc(16 * MIB)));
    const bomb = (await buffer(zeros.pipe(createGzip({ level: 9 })))).toString("base64");
    // Kilobytes, and the most that it ever was.
    const before = resourceUsage().maxRSS;
    for (const bytes of [1, 600_000, 256 * MIB]) {
      expect(decode(Buffer.from(withHeader(bomb, { envelopes: 1, bytes })), KEYS)).toMatchObject({
        lines: [{ code: "undecodable_pack" }],
      });
    }
    expect((resourceUsage().maxRSS - before) / 1024).toBeLessThan(50);
  });
});
