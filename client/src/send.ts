/** Posts one batch, as a CORS-simple request: text/plain, no own headers, no credentials, so that no preflight comes before it. */
import { KEEPALIVE_BYTES } from "./batch.ts";
import { utf8Length } from "./lib/utf8-length.ts";
import { readReply, type Reply } from "./reply.ts";

/** Milliseconds after which a request without an answer is given up. */
const TIMEOUT_MS = 15_000;

/** Posts a body that holds `events` events. Never rejects: a network error is a reply too. */
export type Send = (body: string, events: number) => Promise<Reply>;

/** Sends to one address; `keepalive` is asked for while all requests under way fit the browser's budget for it. */
export function createSend(url: string): Send {
  let underWay = 0;
  let failed = false;
  return async function send(body, events) {
    const bytes = utf8Length(body);
    // Other scripts share the budget, and a request over it fails like the network does: after a failure go without.
    const keepalive = !failed && underWay + bytes <= KEEPALIVE_BYTES;
    const held = keepalive ? bytes : 0;
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), TIMEOUT_MS);
    underWay += held;
    try {
      const request = { method: "POST", body, keepalive, credentials: "omit", signal: abort.signal } as const;
      const reply = await readReply(await fetch(url, request), events);
      failed = false;
      return reply;
    } catch (error) {
      failed = !failed;
      return { kind: "retry", reason: `no answer: ${String(error)}`, wait: 0 };
    } finally {
      clearTimeout(timer);
      underWay -= held;
    }
  };
}

/** The address that a tracker posts to. */
export function eventsUrl(endpoint: string, writeKey: string): string {
  return `${endpoint.replace(/\/+$/, "")}/v1/events?k=${encodeURIComponent(writeKey)}`;
}
