import { eventsAddress } from "../lib/events-address.ts";
import { fullJitter } from "../lib/full-jitter.ts";
import { wait } from "../lib/wait.ts";
import { readReply, type Reply } from "../delivery/reply.ts";
import { VERSION } from "../lib/version.ts";
import type { BatchAnswer, WireCommon, WireEvent } from "../wire/index.ts";
import { cutChunks, type Chunk } from "./cut-chunks.ts";
import { withIds } from "./idempotency.ts";
import { isCutOff, isRefusal, LATE } from "./fate.ts";
import { readOptions, type SenderOptions } from "./options.ts";
import { SendError } from "./send-error.ts";
import { addErrors, errorOf, settle } from "./settle.ts";
import { writeRequest, type RequestParts } from "./write-request.ts";

/** What one call of `send` takes beside its events. */
export interface SendOptions {
  /** Ends the call. */
  signal?: AbortSignal | undefined;
  /** Merged into each event; an event's own field wins. */
  common?: WireCommon | undefined;
  /**
   * Names the call, for example `order-1017`, so that it can be made again after a crash: events without an `event_id` get one of this key, the
   * server key and what they say, `common` included. So the same event has the same id in whatever order and part of the list; of events that say
   * the same each has its own, which only the whole list tells apart. Visible ASCII, 1 to 200 characters; sent as `Idempotency-Key` too.
   */
  idempotencyKey?: string | undefined;
}

/** Posts events from a backend. */
export interface Sender {
  /**
   * Sends the events, in order, and accounts for all of them: `index` of an error is the event's place in `events`. An event that nobody
   * took although all retries were used up is in `errors` with `retryable: true`: send the same again later. One that cannot be written as JSON
   * is in `errors` as `invalid_event`, one with a number that JSON does not carry exactly as `number_out_of_range`, and the others are sent.
   *
   * Give each event its `event_id` where you can, or the call an `idempotencyKey`. Without either the collector derives the id from the
   * content: a resend is then the same event, and so are two events of the same content.
   *
   * Rejects with a {@link SendError} where the collector refuses the request as such, for example for a wrong key, with the signal's reason
   * once it is aborted, and with a TypeError for an idempotency key that is none, and for a `common` that JSON does not carry.
   */
  send(events: readonly WireEvent[], options?: SendOptions): Promise<BatchAnswer>;
}

const BACKOFF = { base: 500, cap: 30_000 };

/** A call of `send` as it goes on. */
interface Call {
  /** Events that it was given. */
  total: number;
  key: string | undefined;
  signal: AbortSignal | undefined;
  answer: BatchAnswer;
  /** Events in a row that were sent alone, and for which the collector gave no response of its own. */
  lone: number;
}

/** After so many {@link Call.lone} it is not for one event that the collector does not respond. */
const LONE_MAX = 2;

/** Makes a sender; throws a TypeError that says what was expected where an option is wrong. */
export function createSender(options: SenderOptions): Sender {
  const { endpoint, key, fetch: post = fetch, retries, timeout } = readOptions(options);
  const url = eventsAddress(endpoint);
  const common = { "Content-Type": "application/json", Authorization: `Bearer ${key}` };

  async function attempt({ headers, body }: RequestParts, sent: number, signal?: AbortSignal): Promise<Reply> {
    const limit = AbortSignal.timeout(timeout);
    const either = signal ? AbortSignal.any([signal, limit]) : limit;
    try {
      return await readReply(await post(url, { method: "POST", headers: { ...common, ...headers }, body, signal: either }), sent);
    } catch (error) {
      signal?.throwIfAborted();
      return { status: limit.aborted ? LATE : 0, reason: `no response from ${url}: ${describe(error)}`, wait: 0 };
    }
  }

  /** Sends one chunk until each of its events has a final verdict, or the retries are used up. */
  async function deliver(chunk: Chunk, call: Call, tries = retries): Promise<void> {
    const { answer, signal } = call;
    let open = chunk;
    let request = await writeRequest(open, call.total, call.key);
    for (let retry = 0; ; retry++) {
      const { parts } = open;
      const reply = await attempt(request, parts.length, signal);
      if (reply.status === 413) return split(open, call, reply);
      if (!reply.answer && isRefusal(reply)) {
        throw new SendError(reply.code ?? "", `the collector refused: ${reply.reason}`, answer);
      }
      const isLast = retry >= tries;
      if (isCutOff(reply)) {
        call.lone = parts.length > 1 ? call.lone : call.lone + 1;
        // It may be what these events cost together that ends the request: smaller ones may pass, and an expensive one be found.
        if (isLast && parts.length > 1 && call.lone < LONE_MAX) return halve(open, call, 0);
      } else if (reply.answer) call.lone = 0;
      const left = settle(parts, reply, answer, isLast);
      if (left.length === 0) return;
      if (left.length < parts.length) {
        open = { ...chunk, parts: left };
        request = await writeRequest(open, call.total, call.key);
      }
      await wait(Math.max(reply.wait, fullJitter(retry + 1, BACKOFF)), signal);
    }
  }

  async function halve(chunk: Chunk, call: Call, tries?: number): Promise<void> {
    const { parts } = chunk;
    const half = Math.ceil(parts.length / 2);
    await deliver({ ...chunk, parts: parts.slice(0, half) }, call, tries);
    await deliver({ ...chunk, parts: parts.slice(half) }, call, tries);
  }

  async function split(chunk: Chunk, call: Call, { reason, code }: Reply): Promise<void> {
    if (chunk.parts.length > 1) return halve(chunk, call);
    // A proxy's limit is not the collector's: the event may be taken on another way.
    const [error, retryable] = code === undefined ? ["unavailable", true] : ["body_too_large", false];
    return addErrors(call.answer, [errorOf(chunk.parts[0], error, reason, retryable)]);
  }

  return {
    async send(events, { signal, common: shared, idempotencyKey } = {}) {
      const answer: BatchAnswer = { accepted: 0, rejected: 0, duplicates: 0, errors: [] };
      const call: Call = { total: events.length, key: idempotencyKey, signal, answer, lone: 0 };
      const named = await withIds(events, { key: idempotencyKey, secret: key, common: shared });
      const { chunks, unsound } = cutChunks(named, `server/${VERSION}`, shared);
      addErrors(answer, unsound);
      for (const chunk of chunks) {
        signal?.throwIfAborted();
        await deliver(chunk, call);
      }
      answer.errors.sort((a, b) => a.index - b.index);
      return answer;
    },
  };
}

/** The reason that fetch hides behind "fetch failed". */
function describe(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message}: ${cause.message || String(cause)}` : message;
}
