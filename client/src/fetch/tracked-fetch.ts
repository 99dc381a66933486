import { fullJitter } from "../lib/full-jitter.ts";
import { retryAfter } from "../lib/retry-after.ts";
import { wait } from "../lib/wait.ts";
import type { SightlineRequest } from "../tracker/request.ts";
import type { Tracker } from "../tracker/tracker.ts";
import { readServerId } from "./read-server-id.ts";

/** What {@link trackedFetch} takes beside what fetch does. */
export interface TrackedFetchOptions {
  /** The surface that the response is for, for example `home.top_picks`. */
  surface: string;
  /** The request's id where there is one already, for example because the page repeats a call that has failed. @default a new one */
  requestId?: string | undefined;
  /** How often the call is made again after a network error, 429, 502, 503 or 504. @default 2 */
  retries?: number | undefined;
  /** True where making the call twice does no harm; only then it is made again. @default true for GET and HEAD, else false */
  idempotent?: boolean | undefined;
  /** Sends `X-Request-Id` and `traceparent`. To another origin they cost a preflight: without them only the server's id is adopted. @default true */
  headers?: boolean | undefined;
  /** Makes the calls. @default the global fetch */
  fetch?: typeof fetch | undefined;
}

/** The response, and the request that its items belong to. */
export interface TrackedAnswer {
  response: Response;
  request: SightlineRequest;
}

const BACKOFF = { base: 300, cap: 3_000 };

/** A server that asks for more patience than this, in milliseconds, does not get it: the user looks at an empty shelf for so long. */
const LONGEST_WAIT = 5_000;

const TRANSIENT = new Set([429, 502, 503, 504]);

/**
 * Opens a request for a surface and fetches its response under its id. The request has adopted the server's id when this resolves: that of the
 * response's header `X-Request-Id`, else `meta.request_id` of a JSON body, which is awaited for this; the caller still can read it.
 *
 * Resolves and rejects as fetch does: with the last response, whatever its status, or with the error of the last call, or of the signal.
 */
export async function trackedFetch(
  tracker: Tracker,
  input: RequestInfo | URL,
  init: RequestInit = {},
  options: TrackedFetchOptions,
): Promise<TrackedAnswer> {
  const { surface, requestId } = options;
  const request = tracker.request({ surface, requestId });
  const given = isRequest(input) ? input : undefined;
  const signal = (init.signal === undefined ? given?.signal : init.signal) ?? undefined;
  const call = options.fetch ?? fetch;
  const sent = { ...init, headers: headersOf(request, init.headers ?? given?.headers, options) };
  const retries = mayRetry(init, given, options) ? (options.retries ?? 2) : 0;
  for (let retry = 0; ; retry++) {
    const isLast = retry >= retries;
    // A Request's body can be read once: all calls but the last get a copy.
    const target = isLast ? input : (given?.clone() ?? input);
    const response = await call(target, sent).catch((error: unknown) => {
      if (isLast || signal?.aborted) throw error;
    });
    const pause = Math.max(retryAfter(response?.headers.get("Retry-After") ?? null), fullJitter(retry + 1, BACKOFF));
    if (response && (isLast || !TRANSIENT.has(response.status) || pause > LONGEST_WAIT)) {
      const id = await readServerId(response);
      if (id) request.adopt(id);
      return { response, request };
    }
    // Frees the connection; a body that cannot be cancelled is nobody's error.
    response?.body?.cancel().catch(() => {});
    await wait(pause, signal);
  }
}

/** By its shape: a page may have a Request of another realm, or of a polyfill. */
const isRequest = (input: RequestInfo | URL): input is Request => typeof input === "object" && "clone" in input;

/** The caller's headers with those of the request; one that was refused has no id. */
function headersOf(
  { id, headers: own }: SightlineRequest,
  given: HeadersInit | undefined,
  options: TrackedFetchOptions,
): Headers {
  const headers = new Headers(given);
  if (id && options.headers !== false) for (const [name, value] of Object.entries(own)) headers.set(name, value);
  return headers;
}

/** Only what can be repeated: a stream is gone once it was sent. */
function mayRetry(init: RequestInit, given: Request | undefined, { idempotent }: TrackedFetchOptions): boolean {
  const method = (init.method ?? given?.method ?? "GET").toUpperCase();
  return (idempotent ?? /^(GET|HEAD)$/.test(method)) && !(init.body instanceof ReadableStream);
}
