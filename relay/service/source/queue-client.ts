/**
 * Cloudflare's HTTP API for a queue with a pull consumer. https://developers.cloudflare.com/queues/configuration/pull-consumers/
 *
 * Too many requests (429) is of the account and not of a queue, so every call of a client waits until the API wants to hear from it again.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { readRetryAfter } from "@sightline/worker/read-retry-after";
import { z } from "zod";
import { pulledMessage } from "./pulled-message.ts";

/** How long a request may take, milliseconds: a pull brings up to 13 MB. */
const TIMEOUT_MS = 30_000;
/** Seconds to wait after a 429 that says none, and at most: Cloudflare counts over 5 minutes. */
const REST_SECONDS = { usual: 10, most: 300 };

/** The API refused, failed, or answered something else. The message has Cloudflare's own words, never the token. */
export class QueueApiError extends Error {
  override readonly name = "QueueApiError";
  /** True where the same request will be refused again: the token, the account or the queue is wrong. */
  readonly refused: boolean;

  constructor(message: string, refused: boolean, options?: ErrorOptions) {
    super(message, options);
    this.refused = refused;
  }
}

const pullResult = z.object({ messages: z.array(pulledMessage).nullish(), message_backlog_count: z.number().nullish() });
const ackResult = z.object({ warnings: z.record(z.string(), z.string()).nullish() });
const queueResult = z.object({ queue_name: z.string().min(1) });
const failure = z.object({ errors: z.array(z.object({ code: z.number(), message: z.string() })) });

/** What a pull brought. */
export type Pulled = z.output<typeof pullResult>;

/** What is to become of messages, by their leases. */
export interface Settlement {
  acks: { lease_id: string }[];
  retries: { lease_id: string; delay_seconds: number }[];
}

/** A client for the queues of one account. Every call rejects with a {@link QueueApiError}, or as `signal` is aborted. */
export interface QueueClient {
  /** The queue's name. */
  nameOf(id: string, signal: AbortSignal): Promise<string>;
  /** Leases up to `batch_size` messages (1-100) for so many milliseconds. */
  pull(id: string, options: { batch_size: number; visibility_timeout_ms: number }, signal: AbortSignal): Promise<Pulled>;
  /** Acks and retries; returns how many leases the queue had something to say about. */
  ack(id: string, settlement: Settlement, signal: AbortSignal): Promise<{ warnings: number }>;
}

/** Where the queues are. */
export interface QueueAddress {
  apiUrl: string;
  accountId: string;
  token: string;
}

/** Makes the client; nothing is asked yet. */
export function createQueueClient({ apiUrl, accountId, token }: QueueAddress): QueueClient {
  const base = `${apiUrl.replace(/\/+$/, "")}/accounts/${accountId}/queues`;
  let restUntil = 0;

  const ask = async (path: string, body: object | undefined, signal: AbortSignal): Promise<unknown> => {
    for (let left = restUntil - Date.now(); left > 0; left = restUntil - Date.now()) await sleep(left, undefined, { signal });
    const response = await fetch(base + path, {
      method: body === undefined ? "GET" : "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: body === undefined ? null : JSON.stringify(body),
      // The token is for this API, and for no other place that a response names.
      redirect: "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    }).catch((cause: Error) => {
      const { cause: inner } = cause;
      throw new QueueApiError(`${apiUrl} does not answer: ${inner instanceof Error ? inner.message : cause.message}`, false, {
        cause,
      });
    });
    if (response.status === 429) {
      const asked = readRetryAfter(response.headers.get("retry-after")) || REST_SECONDS.usual;
      restUntil = Date.now() + Math.min(asked, REST_SECONDS.most) * 1000;
    }
    const text = await response.text().catch((cause: Error) => {
      throw new QueueApiError(`${apiUrl} broke off its answer: ${cause.message}`, false, { cause });
    });
    if (!response.ok) throw refusal(response.status, text);
    return parse(z.object({ result: z.unknown() }), text).result;
  };

  return {
    nameOf: async (id, signal) => check(queueResult, await ask(`/${id}`, undefined, signal)).queue_name,
    pull: async (id, options, signal) => check(pullResult, await ask(`/${id}/messages/pull`, options, signal)),
    async ack(id, settlement, signal) {
      const { warnings } = check(ackResult, (await ask(`/${id}/messages/ack`, settlement, signal)) ?? {});
      return { warnings: Object.keys(warnings ?? {}).length };
    },
  };
}

/** 408 and 429 pass, as what is 500 and above does; a redirect does not: the address is wrong. */
function refusal(status: number, text: string): QueueApiError {
  const passes = status >= 500 || status === 408 || status === 429;
  const said = safeParse(failure, text)?.errors.map(({ code, message }) => `${message} (code ${code})`) ?? [];
  return new QueueApiError(`Cloudflare refused, HTTP ${status}: ${said.join("; ") || "no reason given"}`, !passes);
}

function parse<T>(schema: z.ZodType<T>, text: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Said below, with what was expected.
  }
  return check(schema, value);
}

function safeParse<T>(schema: z.ZodType<T>, text: string): T | undefined {
  try {
    return parse(schema, text);
  } catch {
    return undefined;
  }
}

function check<T>(schema: z.ZodType<T>, value: unknown): T {
  const { data, error } = schema.safeParse(value);
  if (data !== undefined) return data;
  const { path = [], message = "" } = error?.issues[0] ?? {};
  throw new QueueApiError(`expected a response of the queue API; ${path.join(".") || "its body"}: ${message}`, false);
}
