/**
 * A pack: the message in the queue. One JSON header line, then one envelope a line, joined by "\n" with none at the end, so that the
 * relay forwards an envelope's bytes untouched.
 *
 * Cloudflare bills a queue per 64,000 bytes and moves 5,000 messages a second: one pack for many events is cheaper and faster.
 */

import { byteLength } from "./lib/byte-length.ts";

/** Version of the pack's header. */
export const PACK_VERSION = 1;

/** Bytes of a pack, at most, in UTF-8: under the 64,000 that Cloudflare Queues bills as one operation. */
export const PACK_MAX_BYTES = 63_000;

/** What a pack carries: taken events, or refused ones. They have queues of their own. */
export type PackKind = "events" | "rejects";

/** The header line. */
export interface PackHeader {
  v: typeof PACK_VERSION;
  tenant_id: string;
  kind: PackKind;
  /** When the collector had the request, ISO 8601 UTC. */
  received_at: string;
  /** Envelope lines that follow. */
  count: number;
}

/** A pack as text, with what the sender must know of it. */
export interface Pack {
  text: string;
  /** UTF-8 bytes of `text`. */
  bytes: number;
  /** Which of the given lines it holds: from `start`, `count` of them. */
  start: number;
  count: number;
}

/** An envelope, as a line of JSON. */
export interface Line {
  line: string;
  /** Its bytes in UTF-8. */
  bytes: number;
  /** Decides its shard, and on the bus its partition. */
  partitionKey: string;
}

/**
 * Cuts lines into packs of at most {@link PACK_MAX_BYTES}. A single line above that gets a pack of its own: the queue takes 128,000
 * bytes a message, and an event of 32 KiB cannot reach that.
 */
export function packLines(lines: readonly Pick<Line, "line" | "bytes">[], header: Omit<PackHeader, "v" | "count">): Pack[] {
  const packs: Pack[] = [];
  const headerBytes = byteLength(headerLine(header, lines.length));
  let start = 0;
  let text = "";
  let bytes = headerBytes;
  const flush = (end: number): void => {
    if (end === start) return;
    const head = headerLine(header, end - start);
    const fewer = String(lines.length).length - String(end - start).length;
    packs.push({ text: head + text, bytes: bytes - fewer, start, count: end - start });
    start = end;
    text = "";
    bytes = headerBytes;
  };
  for (const [index, { line, bytes: size }] of lines.entries()) {
    if (bytes + size + 1 > PACK_MAX_BYTES) flush(index);
    text += `\n${line}`;
    bytes += size + 1;
  }
  flush(lines.length);
  return packs;
}

/** Takes a pack apart. Throws an Error that says what was expected where the text is no pack. */
export function readPack(text: string): { header: PackHeader; lines: string[] } {
  const [first = "", ...lines] = text.split("\n");
  const header = parseHeader(first);
  if (header.count !== lines.length) {
    throw new Error(`a pack of ${header.count} envelopes was expected, got ${lines.length} lines after the header`);
  }
  return { header, lines };
}

function parseHeader(line: string): PackHeader {
  let header: Partial<PackHeader> | null;
  try {
    header = JSON.parse(line) as Partial<PackHeader> | null;
  } catch (cause) {
    throw new Error("a pack begins with a header line of JSON", { cause });
  }
  const { v, tenant_id, kind, received_at, count } = header ?? {};
  const ok =
    typeof v === "number" &&
    typeof tenant_id === "string" &&
    (kind === "events" || kind === "rejects") &&
    typeof received_at === "string" &&
    Number.isInteger(count);
  if (!ok) throw new Error("a pack's header was expected: v, tenant_id, kind (events or rejects), received_at, count");
  return header as PackHeader;
}

function headerLine(header: Omit<PackHeader, "v" | "count">, count: number): string {
  const { tenant_id, kind, received_at } = header;
  return JSON.stringify({ v: PACK_VERSION, tenant_id, kind, received_at, count } satisfies PackHeader);
}
