import * as z from "zod";
import { hashKey, type WriteKey } from "./keys.ts";
import type { QueueProducer } from "./out/queue.ts";

/** What wrangler.toml binds. */
export interface Bindings {
  EVENTS: QueueProducer;
  REJECTS: QueueProducer;
  [name: string]: unknown;
}

/** The bindings, checked. */
export interface Settings {
  events: QueueProducer;
  rejects: QueueProducer;
  /** Address of the relay, without a slash at the end. */
  relayUrl: string;
  relayToken: string;
  /** Write keys, by the hash of the key. */
  keys: ReadonlyMap<string, WriteKey>;
  /** Longest wait between two deliveries of one message, seconds. */
  retryDelayMaxSeconds: number;
  /** How long a request's body may take to arrive, milliseconds. */
  readTimeoutMs: number;
  /** How long a queue may take to confirm, milliseconds. */
  sendTimeoutMs: number;
}

/** A binding or variable is missing or wrong; the message names it and never its value. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
}

const writeKey = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("web"), tenant_id: z.string().min(1), origins: z.array(z.string().min(1)) }),
  z.strictObject({ kind: z.literal("server"), tenant_id: z.string().min(1) }),
]);

const keys = z.preprocess(parseJson, z.record(z.string().min(1), writeKey));

const queue = z.custom<QueueProducer>(
  (value) => typeof (value as QueueProducer | undefined)?.sendBatch === "function",
  "a queue's producer",
);

const milliseconds = (fallback: number) => z.coerce.number().int().min(1).max(60_000).default(fallback);

const variables = z.object({
  EVENTS: queue,
  REJECTS: queue,
  RELAY_URL: z.url({ protocol: /^https?$/ }),
  RELAY_TOKEN: z.string().min(1),
  KEYS: keys,
  // Queues delays a message by at most 12 hours.
  RETRY_DELAY_MAX_SECONDS: z.coerce.number().int().min(1).max(43_200).default(3600),
  READ_TIMEOUT_MS: milliseconds(10_000),
  SEND_TIMEOUT_MS: milliseconds(5_000),
});

const checked = new WeakMap<object, Settings>();

/** The settings of an environment, checked at its first use. Throws a {@link SettingsError} that names every wrong one. */
export function settingsOf(bindings: Bindings): Settings {
  const known = checked.get(bindings);
  if (known !== undefined) return known;
  const parsed = variables.safeParse(bindings);
  if (!parsed.success) {
    // Of KEYS only its name: a path inside it is a key.
    const wrong = parsed.error.issues.map(({ path: [name], message }) =>
      name === "KEYS" ? "KEYS" : `${String(name)}: ${message}`,
    );
    throw new SettingsError([...new Set(wrong)].join("; "));
  }
  const settings = toSettings(parsed.data);
  checked.set(bindings, settings);
  return settings;
}

function toSettings(data: z.infer<typeof variables>): Settings {
  return {
    events: data.EVENTS,
    rejects: data.REJECTS,
    relayUrl: data.RELAY_URL.replace(/\/+$/, ""),
    relayToken: data.RELAY_TOKEN,
    keys: new Map(Object.entries(data.KEYS).map(([key, value]) => [hashKey(key), value])),
    retryDelayMaxSeconds: data.RETRY_DELAY_MAX_SECONDS,
    readTimeoutMs: data.READ_TIMEOUT_MS,
    sendTimeoutMs: data.SEND_TIMEOUT_MS,
  };
}

function parseJson(value: unknown): unknown {
  try {
    return typeof value === "string" ? JSON.parse(value) : undefined;
  } catch {
    return undefined;
  }
}
