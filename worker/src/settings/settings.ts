import { WIRE_LIMITS } from "@sightline/client/wire";
import * as z from "zod/mini";
import type { KeySources } from "../keys/find-key.ts";
import { hashKey, keyPolicy } from "../keys/policy.ts";
import type { KeyNamespace } from "../keys/read-stored.ts";
import { createBodyBudget, type BodyBudget } from "../body/body-budget.ts";
import { parse } from "../lib/parse.ts";
import type { BacklogLimits } from "../out/admission.ts";
import type { Dataset } from "../out/counters.ts";
import type { RelaySettings } from "../out/push.ts";
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

/** The bindings, checked. */
export interface Settings extends KeySources, RelaySettings {
  /** The queues of taken events, one a shard. */
  events: readonly QueueProducer[];
  rejects: QueueProducer;
  /** Limits by write key; by write key and client address; by write key and session; and of what one key may have recorded as refused. */
  limiters: {
    key?: RateLimiter | undefined;
    address?: RateLimiter | undefined;
    session?: RateLimiter | undefined;
    rejects?: RateLimiter | undefined;
  };
  /** Counts by tenant, type and code. */
  counters: Dataset | undefined;
  /** How long a request's body may take to arrive, milliseconds. */
  readTimeoutMs: number;
  /** Bounds what all bodies that are still arriving hold. */
  bodies: BodyBudget;
  /** How long a queue may take to confirm, milliseconds. */
  sendTimeoutMs: number;
  backlog: BacklogLimits;
}

/** A binding or variable is missing or wrong; the message names it and never its value. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
}

/** A binding, known by a function that it has. */
const binding = <T>(method: keyof T & string, what: string) =>
  z.custom<T>((value) => typeof (value as Record<string, unknown> | undefined)?.[method] === "function", what);

const queue = binding<QueueProducer>("sendBatch", "a queue's producer");
const limiter = z.optional(binding<RateLimiter>("limit", "a rate limiter"));
/** A whole number from 1, as a number or as text. Not z.coerce, which is 440 bytes of the bundle. */
const whole = (most: number, fallback: number) =>
  z.pipe(
    z.transform((value) => Number(value ?? fallback)),
    z.int().check(z.gte(1), z.lte(most)),
  );
const url = z.url({ protocol: /^https?$/ });

const variables = z.object({
  EVENTS: queue,
  REJECTS: queue,
  KEY_STORE: z.optional(binding<KeyNamespace>("get", "a KV namespace")),
  KEYS: z.prefault(z.pipe(z.transform(parseJson), z.record(z.string().check(z.minLength(1)), keyPolicy)), {}),
  KEY_LIMIT: limiter,
  ADDRESS_LIMIT: limiter,
  SESSION_LIMIT: limiter,
  REJECT_LIMIT: limiter,
  COUNTERS: z.optional(binding<Dataset>("writeDataPoint", "an Analytics Engine dataset")),
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

const checked = new WeakMap<object, Settings>();

/** The settings of an environment, checked at its first use. Throws a {@link SettingsError} that names every wrong one. */
export function settingsOf(bindings: Bindings): Settings {
  const known = checked.get(bindings);
  if (known !== undefined) return known;
  const parsed = parse(variables, bindings);
  const wrong = parsed.success
    ? []
    : // Of KEYS only its name: a path inside it is a key.
      parsed.error.issues.map(({ path: [name], message }) => (name === "KEYS" ? "KEYS" : `${String(name)}: ${message}`));
  const shards = shardsOf(bindings);
  if (shards.some((shard) => !queue.safeParse(shard).success)) wrong.push("EVENTS_n: a queue's producer");
  if (parsed.success && parsed.data.RELAY_URL.length > 0) {
    if (parsed.data.RELAY_URL.length !== shards.length + 1) wrong.push(`RELAY_URL: ${shards.length + 1} addresses, one a shard`);
    if (parsed.data.RELAY_TOKEN === "") wrong.push("RELAY_TOKEN: a token, since RELAY_URL is set");
  }
  if (!parsed.success || wrong.length > 0) throw new SettingsError([...new Set(wrong)].join("; "));
  const settings = toSettings(parsed.data, shards as QueueProducer[]);
  checked.set(bindings, settings);
  return settings;
}

/** What is bound as EVENTS_1, EVENTS_2 and so on: the queues of the shards after the first. */
function shardsOf(bindings: Bindings): unknown[] {
  const shards: unknown[] = [];
  while (bindings[`EVENTS_${shards.length + 1}`] !== undefined) shards.push(bindings[`EVENTS_${shards.length + 1}`]);
  return shards;
}

function toSettings(data: z.infer<typeof variables>, shards: QueueProducer[]): Settings {
  return {
    events: [data.EVENTS, ...shards],
    rejects: data.REJECTS,
    keyStore: data.KEY_STORE,
    keys: new Map(Object.entries(data.KEYS).map(([key, value]) => [hashKey(key), value])),
    limiters: { key: data.KEY_LIMIT, address: data.ADDRESS_LIMIT, session: data.SESSION_LIMIT, rejects: data.REJECT_LIMIT },
    counters: data.COUNTERS,
    relayUrls: data.RELAY_URL.map((address) => address.replace(/\/+$/, "")),
    relayToken: data.RELAY_TOKEN,
    retryDelayMaxSeconds: data.RETRY_DELAY_MAX_SECONDS,
    readTimeoutMs: data.READ_TIMEOUT_MS,
    bodies: createBodyBudget(data.BODIES_MAX_BYTES),
    sendTimeoutMs: data.SEND_TIMEOUT_MS,
    backlog: {
      maxAgeSeconds: data.BACKLOG_MAX_AGE_SECONDS,
      maxBytes: data.BACKLOG_MAX_BYTES,
      shedExposures: data.SHED_EXPOSURES,
    },
  };
}

function parseJson(value: unknown): unknown {
  try {
    return typeof value === "string" ? JSON.parse(value) : value;
  } catch {
    return null;
  }
}
