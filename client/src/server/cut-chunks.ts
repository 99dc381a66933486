import { utf8Length } from "../lib/utf8-length.ts";
import { WIRE_LIMITS, type EventError, type WireCommon, type WireEvent } from "../wire.ts";

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
 * itself gets a request of its own: the collector says what is wrong with it. Throws where `common` cannot be written.
 */
export function cutChunks(events: readonly WireEvent[], sdk: string, common?: WireCommon): Cut {
  const head = `${JSON.stringify({ v: 1, sdk, ...(common && { common }) }).slice(0, -1)},"events":[`;
  const each = common ? utf8Length(JSON.stringify(common)) : 0;
  const start = utf8Length(head) + 2;
  const cut: Cut = { chunks: [], unsound: [] };
  let parts: Part[] = [];
  let bytes = start;
  for (const [index, event] of events.entries()) {
    const written = writeEvent(event);
    if (written.body === undefined) {
      const message = `an event that can be written as JSON was expected: ${written.reason}`;
      cut.unsound.push({ index, error: "invalid_event", message, retryable: false });
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

/** The event as JSON, or why it has none: a BigInt, a cycle, a getter that throws, a hole in the list. */
function writeEvent(event: WireEvent): { body: string; reason?: never } | { body?: never; reason: string } {
  try {
    const body = JSON.stringify(event) as string | undefined;
    return body === undefined ? { reason: `got ${typeof event}` } : { body };
  } catch (error) {
    return { reason: error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error) };
  }
}

/** The body of a request. */
export function writeChunk({ head, parts }: Chunk): string {
  return `${head}${parts.map(({ body }) => body).join(",")}]}`;
}
