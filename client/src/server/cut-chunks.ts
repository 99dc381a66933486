import { utf8Length } from "../lib/utf8-length.ts";
import { WIRE_LIMITS, type WireCommon, type WireEvent } from "../wire.ts";

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

/**
 * Cuts events into requests within the wire's limits: 500 events, and 1 MiB with `common` merged into each. An event that is too large by
 * itself gets a request of its own: the collector says what is wrong with it.
 */
export function cutChunks(events: readonly WireEvent[], sdk: string, common?: WireCommon): Chunk[] {
  const head = `${JSON.stringify({ v: 1, sdk, ...(common && { common }) }).slice(0, -1)},"events":[`;
  const each = common ? utf8Length(JSON.stringify(common)) : 0;
  const start = utf8Length(head) + 2;
  const chunks: Chunk[] = [];
  let parts: Part[] = [];
  let bytes = start;
  for (const [index, event] of events.entries()) {
    const body = JSON.stringify(event);
    const size = utf8Length(body) + each + 1;
    if (parts.length > 0 && (parts.length >= WIRE_LIMITS.events || bytes + size > WIRE_LIMITS.bodyBytes)) {
      chunks.push({ head, parts });
      parts = [];
      bytes = start;
    }
    parts.push({ index, body });
    bytes += size;
  }
  if (parts.length > 0) chunks.push({ head, parts });
  return chunks;
}

/** The body of a request. */
export function writeChunk({ head, parts }: Chunk): string {
  return `${head}${parts.map(({ body }) => body).join(",")}]}`;
}
