import { fullJitter } from "../lib/full-jitter.ts";
import { wait } from "../lib/wait.ts";
import { isTransient, readReply, type Reply } from "../reply.ts";
import { VERSION } from "../version.ts";
import type { BatchAnswer, EventError, WireCommon, WireEvent } from "../wire.ts";
import { cutChunks, writeChunk, type Chunk, type Part } from "./cut-chunks.ts";
import { readOptions, type SenderOptions } from "./options.ts";
import { SendError } from "./send-error.ts";

/** Posts events from a backend. */
export interface Sender {
  /**
   * Sends the events, in order, and answers for all of them: `index` of an error is the event's place in `events`. An event that nobody
   * took although all retries were used up is in `errors` with `retryable: true`: send the same again later.
   *
   * Give each event its `event_id` where you can. Without one the collector derives it from the content: a resend is then the same event,
   * and so are two events of the same content.
   *
   * Throws a {@link SendError} where the collector refuses the request as such, for example for a wrong key, and the signal's reason
   * once it is aborted.
   */
  send(events: readonly WireEvent[], options?: { signal?: AbortSignal; common?: WireCommon }): Promise<BatchAnswer>;
}

const BACKOFF = { base: 500, cap: 30_000 };

/** Makes a sender; throws a TypeError that says what was expected where an option is wrong. */
export function createSender(options: SenderOptions): Sender {
  const { endpoint, key, fetch: post = fetch, retries, timeout } = readOptions(options);
  const url = `${endpoint.replace(/\/+$/, "")}/v1/events`;
  const headers = { "Content-Type": "application/json", Authorization: `Bearer ${key}` };

  async function attempt(chunk: Chunk, signal?: AbortSignal): Promise<Reply> {
    const limit = AbortSignal.timeout(timeout);
    try {
      const body = writeChunk(chunk);
      const either = signal ? AbortSignal.any([signal, limit]) : limit;
      return await readReply(await post(url, { method: "POST", headers, body, signal: either }), chunk.parts.length);
    } catch (error) {
      signal?.throwIfAborted();
      return { status: 0, reason: `no answer from ${url}: ${describe(error)}`, wait: 0 };
    }
  }

  /** Sends one chunk until each of its events has a final verdict, or the retries are used up. */
  async function deliver(chunk: Chunk, answer: BatchAnswer, signal?: AbortSignal): Promise<void> {
    let parts = chunk.parts;
    for (let retry = 0; ; retry++) {
      const reply = await attempt({ ...chunk, parts }, signal);
      if (reply.status === 413) return split({ ...chunk, parts }, answer, reply.reason, signal);
      if (!reply.answer && !isTransient(reply)) {
        throw new SendError(reply.code ?? `http_${reply.status}`, `the collector refused: ${reply.reason}`, answer);
      }
      const open = settle(parts, reply, answer, retry >= retries);
      if (open.length === 0) return;
      parts = open;
      await wait(Math.max(reply.wait, fullJitter(retry + 1, BACKOFF)), signal);
    }
  }

  async function split(chunk: Chunk, answer: BatchAnswer, reason: string, signal?: AbortSignal): Promise<void> {
    const { parts } = chunk;
    if (parts.length === 1) return addErrors(answer, [errorOf(parts[0], "body_too_large", reason, false)]);
    const half = Math.ceil(parts.length / 2);
    await deliver({ ...chunk, parts: parts.slice(0, half) }, answer, signal);
    await deliver({ ...chunk, parts: parts.slice(half) }, answer, signal);
  }

  return {
    async send(events, { signal, common } = {}) {
      const answer: BatchAnswer = { accepted: 0, rejected: 0, duplicates: 0, errors: [] };
      for (const chunk of cutChunks(events, `server/${VERSION}`, common)) {
        signal?.throwIfAborted();
        await deliver(chunk, answer, signal);
      }
      return answer;
    },
  };
}

/** Adds a reply to the answer, and returns the events that are to be sent again: none on the last try, where they become errors. */
function settle(parts: Part[], reply: Reply, answer: BatchAnswer, isLast: boolean): Part[] {
  if (!reply.answer) {
    if (!isLast) return parts;
    addErrors(
      answer,
      parts.map((part) => errorOf(part, "unavailable", reply.reason, true)),
    );
    return [];
  }
  const { accepted, duplicates, errors } = reply.answer;
  answer.accepted += accepted;
  answer.duplicates += duplicates;
  const own = errors.map((error) => ({ ...error, index: parts[error.index]?.index ?? -1 }));
  addErrors(
    answer,
    own.filter(({ retryable }) => isLast || !retryable),
  );
  return isLast ? [] : errors.flatMap(({ index, retryable }) => (retryable ? (parts[index] ?? []) : []));
}

function addErrors(answer: BatchAnswer, errors: EventError[]): void {
  answer.errors.push(...errors);
  answer.rejected += errors.length;
}

function errorOf(part: Part | undefined, error: string, message: string, retryable: boolean): EventError {
  return { index: part?.index ?? -1, error, message, retryable };
}

/** The reason that fetch hides behind "fetch failed". */
function describe(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message}: ${cause.message || String(cause)}` : message;
}
