import type * as z from "zod/mini";
import { createBodyBudget, type BodyBudget } from "../body/body-budget.ts";
import type { KeySources } from "../keys/find-key.ts";
import { hashKey } from "../keys/policy.ts";
import { parse } from "../lib/parse.ts";
import type { BacklogLimits } from "../out/admission.ts";
import type { Dataset } from "../out/counters.ts";
import { type Layout, mostShards, SHARDS_FORM } from "../out/layout.ts";
import type { RelaySettings } from "../out/push.ts";
import type { QueueProducer } from "../out/queue.ts";
import { bindingsSchema, queue, type Bindings, type RateLimiter } from "./bindings.ts";

/** The bindings, checked. */
export interface Settings extends KeySources, RelaySettings {
  /** The queues of taken events, one a shard. */
  events: readonly QueueProducer[];
  /** How many of them an event chooses from, by its time. */
  layouts: readonly Layout[];
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

const checked = new WeakMap<object, Settings>();

/** The settings of an environment, checked at its first use. Throws a {@link SettingsError} that names every wrong one. */
export function settingsOf(bindings: Bindings): Settings {
  const known = checked.get(bindings);
  if (known !== undefined) return known;
  const parsed = parse(bindingsSchema, bindings);
  const wrong = parsed.success
    ? []
    : // Of KEYS only its name: a path inside it is a key.
      parsed.error.issues.map(({ path: [name], message }) => (name === "KEYS" ? "KEYS" : `${String(name)}: ${message}`));
  const shards = shardsOf(bindings);
  if (shards.some((shard) => !queue.safeParse(shard).success)) wrong.push("EVENTS_n: a queue's producer");
  if (parsed.success) wrong.push(...layoutFaults(parsed.data.SHARDS, shards.length + 1));
  if (parsed.success && parsed.data.RELAY_URL.length > 0) {
    if (parsed.data.RELAY_URL.length !== shards.length + 1) wrong.push(`RELAY_URL: ${shards.length + 1} addresses, one a shard`);
    if (parsed.data.RELAY_TOKEN === "") wrong.push("RELAY_TOKEN: a token, since RELAY_URL is set");
  }
  if (!parsed.success || wrong.length > 0) throw new SettingsError([...new Set(wrong)].join("; "));
  const settings = toSettings(parsed.data, shards as QueueProducer[]);
  checked.set(bindings, settings);
  return settings;
}

/** With a queue that is bound and not used a new shard would seem to be in use, and with one that is used and not bound events had no place. */
function layoutFaults(layouts: readonly Layout[] | undefined, queues: number): string[] {
  // Were it to go by the queues alone, a queue more would send copies of what is published to a relay that does not know it.
  if (layouts === undefined) return queues === 1 ? [] : [`SHARDS: ${SHARDS_FORM}; required, since EVENTS_1 is bound`];
  const most = mostShards(layouts);
  const last = most === 1 ? "EVENTS" : `EVENTS_${most - 1}`;
  return most === queues
    ? []
    : [`SHARDS: at most ${queues}, and that once, since so many queues are bound; ${most} need EVENTS to ${last}`];
}

/** What is bound as EVENTS_1, EVENTS_2 and so on: the queues of the shards after the first. */
function shardsOf(bindings: Bindings): unknown[] {
  const shards: unknown[] = [];
  while (bindings[`EVENTS_${shards.length + 1}`] !== undefined) shards.push(bindings[`EVENTS_${shards.length + 1}`]);
  return shards;
}

function toSettings(data: z.infer<typeof bindingsSchema>, shards: QueueProducer[]): Settings {
  return {
    events: [data.EVENTS, ...shards],
    layouts: data.SHARDS ?? [{ from: -Infinity, shards: 1 }],
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
