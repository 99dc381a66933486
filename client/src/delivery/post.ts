/** Posts one batch, as a CORS-simple request: text/plain, no own headers, no credentials, so that no preflight comes before it. */
import { KEEPALIVE_BYTES } from "./batch.ts";
import { attempt } from "../lib/attempt.ts";
import { eventsAddress } from "../lib/events-address.ts";
import { gzip } from "../lib/gzip.ts";
import { utf8Length } from "../lib/utf8-length.ts";
import { readReply, type Reply } from "./reply.ts";

/** Milliseconds after which a request without a response is given up: first these, then the last. */
const TIMEOUT_MS = 14_000;

/** A page that comes back from the back/forward cache finds that its time was up long ago; what it was promised may come true at once. */
const LAST_MS = 1_000;

/** Characters from which gzip pays: less is a packet or two, and an outcome must get away before its page. */
const WORTH_GZIP = 2_000;

/** Milliseconds after which gzip is given up. */
const GZIP_MS = 1_000;

const TEXT = { "Content-Type": "text/plain" };

/** The body of a request, ready to be posted: text, or what gzip made of it. */
export type Body = string | ArrayBuffer;

/** The body as gzip where that pays and the browser can, and does in time; else as it is. It is not for a page that goes away: it takes its time. */
export async function compress(body: string): Promise<Body> {
  if (body.length < WORTH_GZIP) return body;
  const late = new Promise<undefined>((resolve) => setTimeout(resolve, GZIP_MS));
  return (await Promise.race([gzip(body), late])) ?? body;
}

/**
 * Posts the body of a batch of `events`. Never rejects: a network error is a reply too; undefined where it was given up. `leaving`: the
 * page may not come back.
 */
export type Post = (body: Body, events: number, leaving?: boolean) => Promise<Reply | undefined>;

/** Sends to one address; `keepalive` is asked for while all requests under way fit the browser's budget for it. */
export function createPost(url: string): { post: Post; giveUp: (ms?: number) => void } {
  /** By request under way what ends it; without a reason it is given up. */
  const ends = new Set<(reason?: string) => void>();
  let underWay = 0;
  let failed = false;

  async function post(body: Body, events: number, leaving?: boolean): Promise<Reply | undefined> {
    const isText = typeof body === "string";
    const to = isText ? url : `${url}&z=gzip`;
    const size = isText ? utf8Length(body) : body.byteLength;
    // `AbortSignal.timeout` is younger than the browsers that this runs in.
    const aborter = new AbortController();
    let end!: (reason?: string) => void;
    const ended = new Promise<never>((_, reject) => (end = reject));
    let timer = setTimeout(() => (timer = setTimeout(end, LAST_MS, "no response in time")), TIMEOUT_MS);
    ends.add(end);
    underWay += size;
    try {
      // Other scripts share the budget, and a request over it fails like the network does: after a failure go without.
      const keepalive = !failed && underWay <= KEEPALIVE_BYTES;
      const { signal } = aborter;
      const posted = fetch(to, { method: "POST", headers: TEXT, body, keepalive, credentials: "omit", signal });
      const reply = await Promise.race([posted.then((response) => readReply(response, events)), ended]);
      failed = false;
      return reply;
    } catch (error) {
      if (!error) return undefined;
      failed = !failed;
      // A beacon is no acknowledgement: the events stay in the queue, and are sent again by whoever comes next.
      // A page that has come back meanwhile sends them itself, unless the next one has.
      if (leaving && document.hidden && navigator.onLine) attempt(() => navigator.sendBeacon(to, body));
      return { status: 0, wait: 0, reason: String(error) };
    } finally {
      clearTimeout(timer);
      ends.delete(end);
      aborter.abort();
      underWay -= size;
    }
  }

  return {
    post,
    /** Ends what is under way, now or where it is still under way after `ms` milliseconds. */
    giveUp(ms?: number): void {
      const all = [...ends];
      const act = (): void => all.forEach((end) => end());
      if (ms) setTimeout(act, ms);
      else act();
    },
  };
}

/** The address that a tracker posts to. */
export const eventsUrl = (endpoint: string, writeKey: string): string =>
  `${eventsAddress(endpoint)}?k=${encodeURIComponent(writeKey)}`;
