/** What wrangler.toml binds, by the names that it has there. */
import { WIRE_LIMITS } from "@sightline/client/wire";
import * as z from "zod/mini";
import { keyPolicy } from "../keys/policy.ts";
import type { KeyNamespace } from "../keys/read-stored.ts";
import type { Dataset } from "../out/counters.ts";
import { type Layout, readLayouts, SHARDS_FORM } from "../out/layout.ts";
import type { QueueProducer } from "../out/queue.ts";

/** What wrangler.toml binds. */
export interface Bindings {
  EVENTS: QueueProducer;
  REJECTS: QueueProducer;
  [name: string]: unknown;
}

/** A limiter of requests. https://developers.cloudflare.com/workers/runtime-apis/bindings/rate-limit/ */
export interface RateLimiter {
  limit(options: { key: string }): Promise<{ success: boolean }>;
}

/** A binding, known by a function that it has. */
const binding = <T>(method: keyof T & string, what: string) =>
  z.custom<T>((value) => typeof (value as Record<string, unknown> | undefined)?.[method] === "function", what);

/** A queue that is sent to. */
export const queue = binding<QueueProducer>("sendBatch", "a queue's producer");
const limiter = z.optional(binding<RateLimiter>("limit", "a rate limiter"));
/** A whole number from 1, as a number or as text. Not z.coerce, which is 440 bytes of the bundle. */
const whole = (most: number, fallback: number) =>
  z.pipe(
    z.transform((value) => Number(value ?? fallback)),
    z.int().check(z.gte(1), z.lte(most)),
  );
const url = z.url({ protocol: /^https?$/ });

/** The rules of the bindings and variables, with their defaults. */
export const bindingsSchema = z.object({
  EVENTS: queue,
  REJECTS: queue,
  KEY_STORE: z.optional(binding<KeyNamespace>("get", "a KV namespace")),
  KEYS: z.prefault(z.pipe(z.transform(parseJson), z.record(z.string().check(z.minLength(1)), keyPolicy)), {}),
  KEY_LIMIT: limiter,
  ADDRESS_LIMIT: limiter,
  SESSION_LIMIT: limiter,
  REJECT_LIMIT: limiter,
  COUNTERS: z.optional(binding<Dataset>("writeDataPoint", "an Analytics Engine dataset")),
  SHARDS: z.optional(
    z.pipe(
      z.transform((value) => readLayouts(String(value)) ?? null),
      z.custom<Layout[]>((value) => value !== null, SHARDS_FORM),
    ),
  ),
  // One address a shard, separated by spaces.
  RELAY_URL: z.pipe(
    z.transform((value) => (value === undefined ? [] : String(value).split(/\s+/).filter(Boolean))),
    z.array(url),
  ),
  RELAY_TOKEN: z.prefault(z.string(), ""),
  // Queues delays a message by at most 12 hours.
  RETRY_DELAY_MAX_SECONDS: whole(43_200, 3600),
  READ_TIMEOUT_MS: whole(60_000, 10_000),
  // Half of it is for bodies of over 64 KiB, and one of 1 MiB has to fit. An isolate has 128 MB in all.
  // https://developers.cloudflare.com/workers/platform/limits/#memory
  BODIES_MAX_BYTES: whole(100_000_000, 32 * 1_048_576).check(z.gte(2 * WIRE_LIMITS.bodyBytes)),
  SEND_TIMEOUT_MS: whole(60_000, 5_000),
  BACKLOG_MAX_AGE_SECONDS: whole(1e9, 600),
  BACKLOG_MAX_BYTES: whole(1e15, 20_000_000_000),
  // Not z.stringbool, which is 500 bytes of the bundle.
  SHED_EXPOSURES: z.pipe(
    z.prefault(z.enum(["true", "false"]), "false"),
    z.transform((said) => said === "true"),
  ),
});

function parseJson(value: unknown): unknown {
  try {
    return typeof value === "string" ? JSON.parse(value) : value;
  } catch {
    return null;
  }
}
