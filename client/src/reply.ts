/** What an answer of the collector means for the events that were sent. */
import { attempt } from "./lib/attempt.ts";
import { retryAfter } from "./lib/retry-after.ts";
import type { BatchAnswer, ErrorAnswer } from "./wire.ts";

/** An answer, understood. */
export interface Reply {
  /** HTTP status; 0 where there was no answer. */
  status: number;
  /** A verdict for each event. Without one: see {@link isTransient}. */
  answer?: BatchAnswer;
  /** Milliseconds before which nothing is to be sent again. */
  wait: number;
  /** The collector's code of a refusal of the request as a whole; undefined where the answer is not the collector's own. */
  code?: string | undefined;
  /** For people. */
  reason: string;
}

/** True where the same events are to be sent again: a 2xx or 3xx without a verdict is a proxy or a captive portal, and not the collector. */
export const isTransient = ({ status }: Reply): boolean => status < 400 || status === 408 || status === 429 || status >= 500;

/** Reads an answer to a batch of `sent` events. The body is always read: an unread one holds up requests with keepalive. */
export async function readReply(response: Response, sent: number): Promise<Reply> {
  const { status } = response;
  const reply: Reply = { status, wait: retryAfter(response.headers.get("Retry-After")), reason: `status ${status}` };
  const text = await response.text();
  attempt(() => {
    const answer = JSON.parse(text) as BatchAnswer & ErrorAnswer;
    const { accepted, rejected, duplicates = 0, errors, error } = answer;
    if (errors?.every(({ index }) => index < sent) && accepted + rejected + duplicates === sent) reply.answer = answer;
    else {
      reply.code = error.code;
      reply.reason += `, ${error.code}: ${error.message}`;
    }
  });
  return reply;
}
