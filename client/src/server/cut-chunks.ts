import { attempt } from "../lib/attempt.ts";
import { utf8Length } from "../lib/utf8-length.ts";
import { EXACT, writeJson } from "../lib/write-json.ts";
import { WIRE_LIMITS, type EventError, type WireCommon, type WireEvent } from "../wire/index.ts";
import { lossyPath } from "./lossy-path.ts";

/** An event as text, with its place in the list that the caller gave. */
export interface Part {
  index: number;
  body: string;
}

/** Events that fit one request. */
export interface Chunk {
  head: string;
  parts: Part[];
}

/** What a list of events comes to. */
export interface Cut {
  chunks: Chunk[];
  /** Events that no request can carry, with what was expected: they are refused here, and the others are sent. */
  unsound: EventError[];
}

/**
 * Cuts events into requests within the wire's limits: 500 events, and 1 MiB with `common` merged into each. An event that is too large by
 * itself gets a request of its own: the collector says what is wrong with it. Throws a TypeError where `common` cannot be written.
 */
export function cutChunks(events: readonly WireEvent[], sdk: string, common?: WireCommon): Cut {
  const shared = writeCommon(common);
  const head = `{"v":1,"sdk":${JSON.stringify(sdk)}${shared && `,"common":${shared}`},"events":[`;
  const each = utf8Length(shared);
  const start = utf8Length(head) + 2;
  const cut: Cut = { chunks: [], unsound: [] };
  let parts: Part[] = [];
  let bytes = start;
  for (const [index, event] of events.entries()) {
    const written = writeEvent(event);
    if (!("body" in written)) {
      cut.unsound.push({ index, ...written, retryable: false });
      continue;
    }
    const size = utf8Length(written.body) + each + 1;
    if (parts.length > 0 && (parts.length >= WIRE_LIMITS.events || bytes + size > WIRE_LIMITS.bodyBytes)) {
      cut.chunks.push({ head, parts });
      parts = [];
      bytes = start;
    }
    parts.push({ index, body: written.body });
    bytes += size;
  }
  if (parts.length > 0) cut.chunks.push({ head, parts });
  return cut;
}

/** An event as JSON, or what is wrong with it. */
type Written = { body: string } | Pick<EventError, "error" | "path" | "message">;

/** The event as JSON, or why it has none: a BigInt, a cycle, a getter that throws, a hole in the list, a number that JSON does not carry. */
function writeEvent(event: WireEvent): Written {
  try {
    const body = writeJson(event) as string | undefined;
    return body === undefined ? unwritable(`got ${typeof event}`) : { body };
  } catch (error) {
    const path = attempt(() => lossyPath(event));
    if (path !== undefined) return { error: "number_out_of_range", path, message: EXACT };
    return unwritable(error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error));
  }
}

function unwritable(reason: string): Written {
  return { error: "invalid_event", message: `expected an event that can be written as JSON: ${reason}` };
}

/** What is common as JSON; "" where there is none. Throws a TypeError for what JSON does not carry. */
function writeCommon(common: WireCommon | undefined): string {
  if (common === undefined) return "";
  const path = lossyPath(common);
  if (path !== undefined) throw new TypeError(`send: common.${path}: ${EXACT}`);
  return JSON.stringify(common);
}

/** The body of a request. */
export function writeChunk({ head, parts }: Chunk): string {
  return `${head}${parts.map(({ body }) => body).join(",")}]}`;
}
