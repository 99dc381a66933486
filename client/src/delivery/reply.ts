/** What a response of the collector means for the events that were sent. */
import { attempt } from "../lib/attempt.ts";
import { retryAfter } from "../lib/retry-after.ts";
import type { BatchAnswer, ErrorAnswer } from "../wire/index.ts";

/**
 * The codes by which the collector refuses a request, and with it each of its events, for good. Its others say that the request may be taken
 * later, as by one of a later version (`unsupported_version`), or that it came another way than it was sent (`not_found`, `method_not_allowed`). What knows none of these codes is a proxy, a
 * firewall or a portal, and has no say in what becomes of an event.
 */
export const FINAL_CODES =
  /^(unreadable_body|body_too_large|too_many_events|(invalid|empty)_batch|unsupported_(media_type|encoding)|unauthorized|key_disabled|forbidden_origin|server_key_in_browser)$/;

/** A response, understood. */
export interface Reply {
  /** HTTP status; 0 where there was no response. */
  status: number;
  /** A verdict for each event. */
  answer?: BatchAnswer;
  /** Milliseconds before which nothing is to be sent again. */
  wait: number;
  /** The collector's code of a refusal of the request as a whole; undefined where the response is not the collector's own. */
  code?: string;
  /** For people. */
  reason: string;
}

/** Reads the response to a batch of `sent` events. The body is always read: an unread one holds up requests with keepalive. */
export async function readReply(response: Response, sent: number): Promise<Reply> {
  const { status, redirected } = response;
  const reply: Reply = { status, wait: retryAfter(response.headers.get("Retry-After")), reason: `status ${status}` };
  const text = await response.text();
  attempt(() => {
    const answer = JSON.parse(text) as BatchAnswer & ErrorAnswer;
    const { accepted, rejected, duplicates = 0, errors, error } = answer;
    const isWhole = errors?.length === rejected && accepted + rejected + duplicates === sent;
    if (isWhole && errors.every(({ index }) => index >= 0 && index < sent)) reply.answer = answer;
    else if (Object(error.details) === error.details && !redirected) {
      // A redirect may have made a GET of it: then the collector, too, has responded to another request.
      reply.code = error.code;
      reply.reason += `, ${error.code}: ${error.message}`;
    }
  });
  return reply;
}
