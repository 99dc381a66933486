/** What an answer of the collector means for the events that were sent. */
import { retryAfter } from "./lib/retry-after.ts";
import type { BatchAnswer, ErrorAnswer } from "./wire.ts";

/** An answer, understood. */
export type Reply =
  /** A verdict for each event; `wait` milliseconds before the retryable ones are sent again. */
  | { kind: "verdict"; answer: BatchAnswer; wait: number }
  /** No verdict: send the same events again, not before `wait` milliseconds. */
  | { kind: "retry"; reason: string; wait: number }
  /** Too much at a time (413). */
  | { kind: "split"; reason: string }
  /** Refused as a whole, for good. `code` is the collector's where the answer is its own, else `http_<status>`. */
  | { kind: "refused"; code: string; reason: string; own: boolean };

/** Reads an answer to a batch of `sent` events. The body is always read: an unread one holds up requests with keepalive. */
export async function readReply(response: Response, sent: number): Promise<Reply> {
  const { status } = response;
  const body = parse(await response.text());
  const wait = retryAfter(response.headers.get("Retry-After"));
  if (isVerdict(body, sent)) return { kind: "verdict", answer: body, wait };
  const { code = `http_${status}`, message = "" } = (body as Partial<ErrorAnswer> | undefined)?.error ?? {};
  const reason = `status ${status}, ${code}: ${message}`;
  if (status === 413) return { kind: "split", reason };
  // A 2xx without a verdict is a proxy or a captive portal, and not the collector.
  if (status < 400 || status === 408 || status === 429 || status >= 500) return { kind: "retry", reason, wait };
  return { kind: "refused", code, reason, own: code !== `http_${status}` };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isVerdict(body: unknown, sent: number): body is BatchAnswer {
  const { accepted = NaN, rejected = NaN, duplicates = 0, errors } = (body ?? {}) as Partial<BatchAnswer>;
  return Array.isArray(errors) && errors.every((error) => error?.index < sent) && accepted + rejected + duplicates === sent;
}
