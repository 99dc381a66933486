import { writeDelivery, type DeliveryAnswer, type Verdict } from "../envelope/delivery.ts";
import { readRetryAfter } from "../lib/read-retry-after.ts";
import type { IncomingBatch, IncomingMessage } from "./queue.ts";
import { shardOf } from "./queue-name.ts";
import { retryDelay } from "./retry-delay.ts";

/** The relay responds within 60 s by its own deadline; it is given longer, so that its response is never cut off. */
const DEADLINE_MS = 90_000;

/** A relay, and the messages of one queue for it. */
interface PushRequest {
  /** Where deliveries are posted. */
  url: string;
  token: string;
  queue: string;
  messages: readonly IncomingMessage[];
}

/** Where the relays are, and how long a message waits for one. */
export interface RelaySettings {
  /** Addresses of the relays, one a shard, without a slash at the end; empty where relays pull. */
  relayUrls: readonly string[];
  relayToken: string;
  /** Longest wait between two deliveries of one message, seconds. */
  retryDelayMaxSeconds: number;
}

/**
 * Pushes a batch of a queue to the relay of its shard, and acks or retries each message by its verdict. Whatever has no verdict is
 * retried: the relay's dedup makes a second delivery harmless, and nothing else would make up for a lost one. Never rejects.
 */
export async function push({ queue, messages }: IncomingBatch, settings: RelaySettings): Promise<void> {
  const { relayUrls, relayToken: token, retryDelayMaxSeconds: most } = settings;
  const shard = shardOf(queue);
  const relay = relayUrls[shard];
  if (relay === undefined) log("error", queue, messages, `RELAY_URL: expected the address of a relay for shard ${shard}`);
  const verdicts = relay === undefined ? [] : await deliver({ url: `${relay}/v1/deliveries`, token, queue, messages });
  const byId = new Map(verdicts.map((verdict) => [verdict.id, verdict]));
  for (const message of messages) {
    const verdict = byId.get(message.id);
    if (verdict?.verdict === "ack") message.ack();
    else message.retry({ delaySeconds: retryDelay({ attempts: message.attempts, wanted: verdict?.delay_seconds ?? 0, most }) });
  }
}

/** Posts messages; those that are too much for one delivery in two halves. Resolves with the verdicts it was given. */
async function deliver(request: PushRequest): Promise<Verdict[]> {
  const { queue, messages } = request;
  try {
    const response = await post(request);
    if (response.ok) return readVerdicts(await response.json());
    await response.body?.cancel();
    if (response.status === 413 && messages.length > 1) {
      const half = Math.ceil(messages.length / 2);
      const first = await deliver({ ...request, messages: messages.slice(0, half) });
      return [...first, ...(await deliver({ ...request, messages: messages.slice(half) }))];
    }
    const reason = reasonOf(response.status);
    log(response.status === 401 ? "error" : "warn", queue, messages, reason);
    const delay_seconds = readRetryAfter(response.headers.get("retry-after"));
    return messages.map(({ id }) => ({ id, verdict: "retry", delay_seconds, reason }));
  } catch (error) {
    log("warn", queue, messages, String(error));
    return [];
  }
}

function post({ url, token, queue, messages }: PushRequest): Promise<Response> {
  return fetch(url, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/x-ndjson" },
    body: writeDelivery({ queue, messages: messages.map(toDelivery) }),
    // The token is for this relay, and for no other place that a redirect names.
    redirect: "manual",
    signal: AbortSignal.timeout(DEADLINE_MS),
  });
}

function toDelivery({ id, attempts, timestamp, body }: IncomingMessage) {
  return { id, attempts, sent_at: timestamp.toISOString(), body };
}

function readVerdicts(body: unknown): Verdict[] {
  const { verdicts } = (body ?? {}) as Partial<DeliveryAnswer>;
  if (!Array.isArray(verdicts)) return [];
  return verdicts.filter(
    (verdict) => verdict?.verdict === "ack" || (verdict?.verdict === "retry" && Number.isFinite(verdict.delay_seconds)),
  );
}

function reasonOf(status: number): string {
  if (status === 401) return "the relay responded 401: expected the same RELAY_TOKEN here and at the relay";
  if (status === 413) return "the relay responded 413: a single message is too large for it";
  if (status >= 300 && status < 400) return `the relay responded ${status}: expected RELAY_URL to be its own address`;
  return `the relay responded ${status}`;
}

function log(level: "warn" | "error", queue: string, { length }: readonly IncomingMessage[], reason: string): void {
  console[level](JSON.stringify({ message: "a push failed; its messages are retried", queue, count: length, reason }));
}
