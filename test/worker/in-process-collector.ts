import { createApp } from "../../worker/src/app.ts";
import type { Dataset } from "../../worker/src/out/counters.ts";
import type { Envelope, Rejection } from "../../worker/src/envelope/envelope.ts";
import type { Backlog } from "../../worker/src/out/queue.ts";
import { readPack } from "../../worker/src/envelope/pack.ts";
import { standIns } from "./stand-ins.ts";

type Point = Parameters<Dataset["writeDataPoint"]>[0];

/** How Cloudflare's bindings behave. */
interface Wanted {
  /** Write keys and their policies. @default `sk_test`, a backend's of tenant `t1` that may send anything */
  keys?: Record<string, object>;
  /** What the queue of events says of its backlog, at each send and when asked. @default that nothing waits */
  backlog?: () => Backlog;
  /** Bindings and variables that stand in the place of the others. */
  vars?: Record<string, unknown>;
  /** Keeps work alive after the response. @default does nothing */
  waitUntil?: (work: Promise<unknown>) => void;
}

/** What is posted besides the body. */
interface Sent {
  /** A key that begins with `wk_` goes into the address, any other is a bearer token. @default sk_test */
  key?: string;
  headers?: Record<string, string>;
  path?: string;
  method?: string;
  /** What Cloudflare's edge says of the request. */
  cf?: object;
}

/** The collector in this process, with Cloudflare's bindings at its edge: what they were given can be looked at. */
export function inProcessCollector({
  keys = { sk_test: { tenant_id: "t1", kind: "server" } },
  backlog,
  vars = {},
  waitUntil = () => {},
}: Wanted = {}) {
  const lines = { events: [] as string[], rejects: [] as string[] };
  const points: Point[] = [];
  const bindings = standIns({
    onMessages: (messages, queue) => lines[queue].push(...messages.flatMap(({ body }) => readPack(body).lines)),
  });
  const { sendBatch } = bindings.EVENTS;
  const EVENTS = backlog === undefined ? bindings.EVENTS : told(sendBatch, backlog);
  const COUNTERS: Dataset = { writeDataPoint: (point) => void points.push(point) };
  const env = { ...bindings, EVENTS, COUNTERS, KEYS: JSON.stringify(keys), ...vars };
  const app = createApp();

  async function post(body: BodyInit | object | null, { key = "sk_test", path, method = "POST", headers = {}, cf }: Sent = {}) {
    const isWeb = key.startsWith("wk_");
    const bearer = isWeb ? {} : { authorization: `Bearer ${key}` };
    const request = new Request(`https://collector.test${path ?? `/v1/events${isWeb ? `?k=${key}` : ""}`}`, {
      method,
      headers: { "content-type": "application/json", ...bearer, ...headers },
      ...(body !== null && { body: isBody(body) ? body : JSON.stringify(body) }),
    });
    const context = { waitUntil, passThroughOnException() {}, props: {} };
    const response = await app.fetch(Object.assign(request, { cf }), env as never, context as never);
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      text,
      answer: (text === "" ? undefined : JSON.parse(text)) as never,
    };
  }

  return {
    post,
    /** Envelopes in the queues, as text. */
    lines,
    taken: () => lines.events.map((line) => JSON.parse(line) as Envelope),
    refused: () => lines.rejects.map((line) => JSON.parse(line) as Envelope<Rejection>),
    /** Data points, as `tenant type code` with their counts. */
    counted: () => Object.fromEntries(points.map(({ blobs, doubles }) => [blobs.join(" "), doubles[0]])),
    points,
  };
}

/** A queue that takes everything, and tells of its backlog. */
function told(sendBatch: ReturnType<typeof standIns>["EVENTS"]["sendBatch"], backlog: () => Backlog) {
  return {
    sendBatch: async (messages: Parameters<typeof sendBatch>[0]) => {
      await sendBatch(messages);
      return { metadata: { metrics: backlog() } };
    },
    metrics: async () => backlog(),
  };
}

function isBody(body: BodyInit | object): body is BodyInit {
  return typeof body === "string" || body instanceof Uint8Array;
}
