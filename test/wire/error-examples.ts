/**
 * For each code of the collector's table what brings it about: docs/errors.md shows it, and a test posts it. Of an event's codes it is the
 * shortest golden event, of the others what is written here.
 */
import { gzipSync } from "node:zlib";
import { WIRE_LIMITS } from "@sightline/client/wire";
import { projectEvents } from "../../examples/meal-planner/index.ts";
import { ERRORS, type ErrorCode } from "../../worker/src/errors/errors.ts";
import type { KeyPolicy } from "../../worker/src/keys/policy.ts";
import { invalidEvents, validEvents } from "./load.ts";

/** What brings a code about. */
export interface ErrorExample {
  /** What makes it so, where it cannot be seen from what is shown. */
  words?: string;
  /** What is sent, as a page is to read it; absent where no request alone does it. */
  shown?: string;
  /** The file of the golden event. */
  file?: string;
  request?: ExampleRequest;
  /** The write key that is used. @default that of `npm start` for pages, which may send anything */
  key?: { name: string; policy: KeyPolicy };
}

/** A request to the collector. */
export interface ExampleRequest {
  method: string;
  path: string;
  headers: Record<string, string>;
  body?: string | Uint8Array<ArrayBuffer>;
}

const PLAIN = { "Content-Type": "text/plain" };
const click = { ...validEvents().find(({ name }) => name === "click-without-request")?.event };
const [one, another] = [click, { ...click, item_id: "sku-3" }].map((event) => JSON.stringify(event));
const key = (name: string, policy: Partial<KeyPolicy>) => ({
  name,
  policy: { tenant_id: "demo", kind: "web", ...(policy.kind !== "server" && { origins: ["*"] }), ...policy } as KeyPolicy,
});

/** A request whose text is shown as it is sent, or in the words that are given where it is long. */
function request(change: Partial<ExampleRequest>, more: Omit<ErrorExample, "request"> = {}): ErrorExample {
  const path = `/v1/events?k=${more.key?.name ?? "wk_demo"}`;
  const sent = { method: "POST", path, headers: PLAIN, ...(change.method !== "GET" && { body: one }), ...change };
  const head = [`${sent.method} ${sent.path}`, ...Object.entries(sent.headers).map(([name, value]) => `${name}: ${value}`)];
  const shown = [...head, ...(sent.body === undefined ? [] : ["", sent.body])].join("\n");
  return { shown, ...more, request: sent as ExampleRequest };
}

const WRITTEN: Partial<Record<ErrorCode, ErrorExample>> = {
  event_id_conflict: request({ body: `{"events":[${one},${another}]}` }, { words: "Two events of a batch under one id." }),
  type_not_allowed: request(
    { body: `{"events":[${one}]}` },
    { key: key("wk_orders", { event_types: ["purchase"] }), words: "The write key is for other types." },
  ),
  shed: {
    words:
      "An exposure or a decision, while what waits in the queue is over `BACKLOG_MAX_AGE_SECONDS` or `BACKLOG_MAX_BYTES` and `SHED_EXPOSURES` is true.",
  },
  sampled_out: request(
    { body: `{"events":[${one}]}` },
    { key: key("wk_sample", { sample_rates: { click: 1e-9 } }), words: "Next to no clicks are kept of this write key." },
  ),
  unreadable_body: request({ body: '{"events":[' }),
  invalid_batch: request({ body: '{"events":{}}' }),
  foreign_format: request({
    body: '{"type":"track","event":"Product Clicked","userId":"u_1","messageId":"a1b2c3d4","properties":{}}',
  }),
  empty_batch: request({ body: '{"events":[]}' }),
  unsupported_version: request({ body: `{"v":3,"events":[${one}]}` }),
  unauthorized: request({ path: "/v1/events?k=wk_unknown" }),
  server_key_in_browser: request(
    { path: "/v1/events", headers: { ...PLAIN, Authorization: "Bearer sk_shop", Origin: "https://shop.example" } },
    { key: key("sk_shop", { kind: "server" }), words: "A page carries a server key." },
  ),
  key_disabled: request({}, { key: key("wk_off", { disabled: true }), words: "The write key has `disabled` set." }),
  forbidden_origin: request(
    { headers: { ...PLAIN, Origin: "https://elsewhere.example" } },
    { key: key("wk_shop", { origins: ["https://shop.example"] }), words: "The write key is for `https://shop.example`." },
  ),
  not_found: request({ method: "GET", path: "/v2/events", headers: {} }),
  method_not_allowed: request({ method: "GET", path: "/v1/events", headers: {} }),
  body_timeout: { words: "A body that takes longer than `READ_TIMEOUT_MS` to arrive, 10 seconds." },
  // Packed, since the collector hangs up on a body that says at once that it is too large.
  body_too_large: request(
    { path: "/v1/events?k=wk_demo&z=gzip", body: gzipSync(" ".repeat(WIRE_LIMITS.bodyBytes + 1)) },
    { shown: "POST /v1/events?k=wk_demo&z=gzip\n\n(1,048,577 bytes when it is unpacked)" },
  ),
  too_many_events: request(
    { body: `{"events":[${Array(501).fill(one).join(",")}]}` },
    { shown: 'POST /v1/events?k=wk_demo\n\n{"events":[ (501 events) ]}' },
  ),
  unsupported_media_type: request({ headers: { "Content-Type": "text/html" } }),
  unsupported_encoding: request({ headers: { ...PLAIN, "Content-Encoding": "br" } }),
  rate_limited: {
    words:
      "More requests than `KEY_LIMIT`, `ADDRESS_LIMIT` or `SESSION_LIMIT` in wrangler.toml, by default 1,000 a key, 200 a web key and client address, and 50 a session within 10 seconds.",
  },
  overloaded: { words: "Any request, while what waits in the queue is over `BACKLOG_MAX_AGE_SECONDS` or `BACKLOG_MAX_BYTES`." },
  bodies_pending: {
    words: "Any request, while the bodies that are still arriving hold `BODIES_MAX_BYTES`, 32 MiB; large ones, half of it.",
  },
  keys_unavailable: { words: "A write key that this isolate does not know yet, while Workers KV cannot be read." },
  queue_unavailable: {
    words: "Any event, while the queue does not confirm within `SEND_TIMEOUT_MS`, 5 seconds.",
  },
  internal_error: { words: "A fault of the collector itself: it is logged, without what was sent." },
};

/** Every code that there is an example of, in the order of the table. */
export function errorExamples(): Map<ErrorCode, ErrorExample> {
  const codes = Object.keys(ERRORS) as ErrorCode[];
  const all = codes.map((code) => [code, WRITTEN[code] ?? goldenExample(code)] as const);
  return new Map(all.filter((entry): entry is [ErrorCode, ErrorExample] => entry[1] !== undefined));
}

/** A project's own types are not what every reader of docs/errors.md has. */
function isOfProject(event: unknown): boolean {
  return projectEvents.some(({ name }) => name === (event as { event_type?: unknown } | null)?.event_type);
}

function goldenExample(code: ErrorCode): ErrorExample | undefined {
  const ofCode = invalidEvents().filter(({ expected, event }) => expected === code && !isOfProject(event));
  const [shortest] = ofCode.toSorted((a, b) => a.text.length - b.text.length);
  if (shortest === undefined) return undefined;
  const { name, text } = shortest;
  return {
    file: `test/wire/events/invalid/${name}.json`,
    // As the file has it, less the indentation that it has there.
    ...(text.length <= 1_500 ? { shown: text.replaceAll("\n  ", "\n") } : { words: "The event is too long to be shown." }),
    request: { method: "POST", path: "/v1/events?k=wk_demo", headers: PLAIN, body: `{"events":[${text}]}` },
  };
}
