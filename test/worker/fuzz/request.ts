/** Requests to the collector, from what an SDK sends to what nobody would: arbitraries for fast-check. */
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { batchText } from "./batch.ts";

/** One request, and what is known of it beforehand. */
export interface FuzzRequest {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: Buffer;
  /** The body without its encoding, where it was not damaged. */
  text: string | undefined;
  /** How the length of the body is told: truly, not at all, or as more than comes. */
  length: "declared" | "chunked" | "too-long";
  /** Nothing is wrong with it: every event is to be taken. */
  isSound: boolean;
}

/** A value, mostly the usual one. */
const mostly = <T>(usual: T, odd: fc.Arbitrary<T>, weight = 12): fc.Arbitrary<T> =>
  fc.oneof({ weight, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: odd });

/** What HTTP lets stand in a header. */
const headerText = fc
  .string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)), maxLength: 80 })
  .map((text) => text.trim());

const POST = "/v1/events?k=wk_demo";
const queries = fc.string({ maxLength: 20 }).map((text) => encodeURIComponent(text.toWellFormed()));
const paths = mostly(
  POST,
  fc.oneof(
    fc.constantFrom(
      "/events?k=wk_demo",
      "/v1/events",
      "/v1/events?k=sk_demo",
      "/v1/events?k=wk_demo&k=wk_demo",
      "/v1/events/?k=wk_demo",
    ),
    queries.map((text) => `/v1/events?k=${text}`),
    queries.map((text) => `${POST}&z=${text}`),
    queries.map((text) => `/${text}`),
  ),
);
const methods = mostly("POST", fc.constantFrom("GET", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"), 40);
const mediaTypes = mostly(
  "text/plain;charset=UTF-8",
  fc.oneof(
    fc.constantFrom("application/json", "text/plain", "", "text/html", "multipart/form-data; boundary=x"),
    fc.constantFrom("application/x-ndjson", "application/cloudevents+json", "application/cloudevents-batch+json"),
    headerText,
  ),
);
const headerSets = fc.oneof(
  { weight: 9, arbitrary: fc.constant({}) },
  {
    weight: 1,
    arbitrary: fc.record(
      {
        "idempotency-key": headerText,
        traceparent: fc.oneof(headerText, fc.constant(`00-${"a".repeat(32)}-${"b".repeat(16)}-01`)),
        origin: fc.oneof(headerText, fc.constant("https://shop.example"), fc.constant("null")),
        "user-agent": fc.oneof(headerText, fc.constant("Googlebot/2.1 (+http://www.google.com/bot.html)")),
        authorization: fc.oneof(headerText, fc.constantFrom("Bearer sk_demo", "Bearer wk_demo", "Bearer ")),
        "cf-connecting-ip": fc.oneof(headerText, fc.ipV4(), fc.ipV6()),
        "ce-specversion": fc.constantFrom("1.0", "0.3"),
        "ce-id": fc.oneof(headerText, fc.constant("event_ce_01")),
        "ce-source": headerText,
        "ce-type": fc.oneof(headerText, fc.constant("click")),
        "ce-time": headerText,
        "x-odd": headerText,
      },
      { requiredKeys: [] },
    ),
  },
);

/** How a body is encoded, and what the request says of that. */
type Encoding = "none" | "z" | "header" | "both" | "brotli" | "lie" | "twice";
const encodings = fc.oneof(
  { weight: 8, arbitrary: fc.constant<Encoding>("none") },
  { weight: 5, arbitrary: fc.constantFrom<Encoding>("z", "header") },
  { weight: 1, arbitrary: fc.constantFrom<Encoding>("both", "brotli", "lie", "twice") },
);

/** Damage to bytes: cut off, followed by something, or with one of them changed; places are shares of the length. */
const damages = fc.oneof(
  { weight: 12, arbitrary: fc.constant(undefined) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom("cut", "append", "flip"),
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      byte: fc.nat(255),
    }),
  },
);
type Damage = { kind: string; at: number; byte: number } | undefined;

const lengths = fc.oneof(
  { weight: 450, arbitrary: fc.constant("declared" as const) },
  { weight: 50, arbitrary: fc.constant("chunked" as const) },
  { weight: 3, arbitrary: fc.constant("too-long" as const) },
);

/** One request. */
export const fuzzRequest: fc.Arbitrary<FuzzRequest> = fc
  .record({
    method: methods,
    path: paths,
    mediaType: mediaTypes,
    oddHeaders: headerSets,
    encoding: encodings,
    damage: damages,
    length: lengths,
    batch: batchText,
  })
  .map(({ method, path, mediaType, oddHeaders, encoding, damage, length, batch: { text, isSound } }) => {
    const { body, query, headers } = encode(Buffer.from(text), encoding);
    const isUsual =
      method === "POST" && path === POST && mediaType.startsWith("text/plain") && Object.keys(oddHeaders).length === 0;
    return {
      method,
      path: query && path.includes("?") ? `${path}&${query}` : path,
      headers: { "content-type": mediaType, ...headers, ...oddHeaders },
      body: hurt(body, damage),
      text: damage === undefined ? text : undefined,
      length,
      isSound: isSound && isUsual && !damage && length !== "too-long" && ["none", "z", "header"].includes(encoding),
    };
  });

const FAST = { params: { [constants.BROTLI_PARAM_QUALITY]: 0 } };

function encode(plain: Buffer, encoding: Encoding): { body: Buffer; query?: string; headers?: Record<string, string> } {
  const z = "z=gzip";
  const gzip = { "content-encoding": "gzip" };
  if (encoding === "none") return { body: plain };
  if (encoding === "lie") return { body: plain, query: z };
  if (encoding === "twice") return { body: gzipSync(gzipSync(plain)), query: z };
  if (encoding === "brotli") return { body: brotliCompressSync(plain, FAST), headers: { "content-encoding": "br" } };
  const body = gzipSync(plain);
  return { body, ...(encoding !== "header" && { query: z }), ...(encoding !== "z" && { headers: gzip }) };
}

function hurt(bytes: Buffer, damage: Damage): Buffer {
  if (damage === undefined || bytes.length === 0) return bytes;
  const at = Math.floor(damage.at * (bytes.length - 1));
  if (damage.kind === "cut") return bytes.subarray(0, at);
  if (damage.kind === "append") return Buffer.concat([bytes, Buffer.from([damage.byte])]);
  const changed = Buffer.from(bytes);
  changed[at] = damage.byte;
  return changed;
}
