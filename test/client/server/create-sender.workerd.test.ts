/** The sender against the real collector: from Node, and from a Worker of its own in real workerd. */
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createSender, type BatchAnswer, type WireEvent } from "../../../client/src/server/index.ts";
import { type Collector, startCollector } from "../../services/collector.ts";
import { shieldedWorkerd } from "../../../dev/shielded-workerd.ts";
import type { Envelope } from "../../../worker/src/envelope/envelope.ts";
import { startRelayEdge, type RelayEdge } from "../stage/relay-edge.ts";

let edge: RelayEdge;
let collector: Collector;
let surface: string;
let count = 0;

const purchases = (n: number): WireEvent[] =>
  Array.from({ length: n }, (_, i) => ({
    event_type: "purchase",
    timestamp: "2026-01-01T10:00:00.000Z",
    unit_type: "user",
    unit_id: "u_1",
    request_id: "request-of-all",
    surface,
    item_id: "always the same",
    position: 1,
    // Only every other one has content of its own: the rest would be one event to a collector that goes by content.
    ...(i % 2 === 0 && { metrics: { revenue: i } }),
  }));

const arrived = (): Envelope[] => edge.envelopes.filter(({ payload }) => payload.surface === surface);

/** What has arrived of this test, once it is so much. */
async function arrival(n: number): Promise<Envelope[]> {
  await expect.poll(() => arrived().length, { timeout: 20_000 }).toBeGreaterThanOrEqual(n);
  return arrived();
}

beforeAll(async () => {
  edge = await startRelayEdge();
  collector = await startCollector({ relayUrl: edge.url, relayToken: "token" });
});
afterAll(async () => {
  await collector.close();
  await edge.close();
});
beforeEach(() => {
  surface = `sender.s${++count}`;
});

describe("from Node", () => {
  test("a list of many requests arrives whole, and again under the same ids when the call is made again", async () => {
    const sender = createSender({ endpoint: collector.url, key: "sk_demo" });
    const all = { accepted: 1_100, rejected: 0, duplicates: 0, errors: [] };
    expect(await sender.send(purchases(1_100), { idempotencyKey: "order-1" })).toEqual(all);
    const first = (await arrival(1_100)).map(({ id }) => id);
    expect(new Set(first).size).toBe(1_100);
    expect(await sender.send(purchases(1_100), { idempotencyKey: "order-1" })).toEqual(all);
    const again = (await arrival(2_200)).slice(1_100);
    expect(new Set(again.map(({ id }) => id))).toEqual(new Set(first));
    const contents = new Set((await arrival(2_200)).map(({ id, metadata }) => `${id} ${metadata.content_hash}`));
    expect(contents.size).toBe(1_100);
  });

  test("a response that is lost on its way leads to a resend under the same ids", async () => {
    let posts = 0;
    const lossy: typeof fetch = async (input, init) => {
      const response = await fetch(input, init);
      if (++posts % 2 === 0) return response;
      await response.body?.cancel();
      throw new TypeError("the connection was cut");
    };
    const sender = createSender({ endpoint: collector.url, key: "sk_demo", fetch: lossy });
    expect(await sender.send(purchases(600), { idempotencyKey: "order-2" })).toMatchObject({ accepted: 600, rejected: 0 });
    expect(posts).toBe(4);
    const all = await arrival(1_200);
    expect([all.length, new Set(all.map(({ id }) => id)).size]).toEqual([1_200, 600]);
  });

  test("a list that would be over the collector's limit once common is merged arrives whole", async () => {
    const sender = createSender({ endpoint: collector.url, key: "sk_demo" });
    // In JSON a backslash takes two bytes, and gzip makes next to nothing of it: the limit is not one of what is sent.
    const context = { text: "\\".repeat(2_000) };
    const answer = await sender.send(purchases(400), { common: { context }, idempotencyKey: "order-3" });
    expect(answer).toEqual({ accepted: 400, rejected: 0, duplicates: 0, errors: [] });
    expect(new Set((await arrival(400)).map(({ id }) => id)).size).toBe(400);
  });
});

describe("from a Worker", () => {
  let worker: Miniflare;

  beforeAll(async () => {
    // Without any external module: an import of Node's own fails here.
    const { outputFiles } = await build({
      entryPoints: [fileURLToPath(new URL("worker.ts", import.meta.url))],
      bundle: true,
      write: false,
      format: "esm",
      platform: "neutral",
      logLevel: "silent",
    });
    const modules = [{ type: "ESModule" as const, path: "worker.js", contents: outputFiles[0]?.text ?? "" }];
    const settings = {
      name: "shop",
      modules,
      compatibilityDate: "2026-01-01",
      bindings: { COLLECTOR: collector.url },
      telemetry: { enabled: false },
      cf: false,
    };
    worker = await shieldedWorkerd(() => new Miniflare(convertV4MiniflareOptions(settings)));
  });
  afterAll(() => worker?.dispose());

  test("events arrive, under the ids that Node gives them", async () => {
    const body = JSON.stringify({ events: purchases(600), idempotencyKey: "order-4" });
    const answered = await worker.dispatchFetch("http://shop/", { method: "POST", body });
    expect((await answered.json()) as BatchAnswer).toEqual({ accepted: 600, rejected: 0, duplicates: 0, errors: [] });
    const sender = createSender({ endpoint: collector.url, key: "sk_demo" });
    await sender.send(purchases(600), { idempotencyKey: "order-4" });
    const all = await arrival(1_200);
    expect([all.length, new Set(all.map(({ id }) => id)).size]).toEqual([1_200, 600]);
  });
});
