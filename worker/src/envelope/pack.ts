/**
 * A pack: the message in the queue. One JSON header line, then one envelope a line, joined by "\n" with none at the end, so that the
 * relay forwards an envelope's bytes untouched. Envelopes that would take several packs are gzip in base64 instead, on a single line.
 *
 * Cloudflare bills a queue per 64,000 bytes and moves 5,000 messages a second: one pack for many events is cheaper and faster. What is
 * one message either way stays as people can read it.
 */

import { byteLength } from "../lib/byte-length.ts";
import { gunzipText, gzipText } from "../lib/gzip-text.ts";
import { gzipHeader, PACK_MAX_LINES_BYTES, plainHeader, readHeader, type PackFacts, type PackHeader } from "./pack-header.ts";

export { NewerPack, type PackFacts, type PackHeader } from "./pack-header.ts";

/** Bytes of a pack, at most, in UTF-8: under the 64,000 that Cloudflare Queues bills as one operation. */
export const PACK_MAX_BYTES = 63_000;

/** Plain packs of which a sample is taken where there are more. */
const SAMPLE_PACKS = 2;

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
export interface EnvelopeLine {
  line: string;
  /** Its bytes in UTF-8. */
  bytes: number;
  /** Decides its shard, and on the bus its partition. */
  partitionKey: string;
  /** The event's own time, milliseconds since 1970: which shards it chooses from. */
  at: number;
}

type Lines = readonly Pick<EnvelopeLine, "line" | "bytes">[];

/** Lines that follow each other, and their bytes with the "\n" between them. */
interface Run {
  start: number;
  end: number;
  bytes: number;
}

/**
 * Cuts lines into packs of at most {@link PACK_MAX_BYTES}. A single line above that, where gzip does not help, gets a pack of its own:
 * the queue takes 128,000 bytes a message, and an event of 32 KiB cannot reach that, nor where its addresses, of six bytes or more, each
 * became the ten of `[redacted]`.
 *
 * The lines are first cut for plain packs, and neighbours then go together in gzip. So there are never more packs than plain ones. How
 * many go together is estimated from a sample, since gzip of what does not shrink takes ten times as long, and a request has 50 ms.
 */
export function packLines(lines: Lines, header: PackFacts): Pack[] {
  const room = PACK_MAX_BYTES - byteLength(plainHeader(header, lines.length)) - 1;
  const plain = cut(lines, room);
  const packs: Pack[] = [];
  let most = plain.length > SAMPLE_PACKS ? sample(lines, plain) : PACK_MAX_LINES_BYTES;
  for (let at = 0; at < plain.length;) {
    const { run, next } = joinFrom(plain, at, most);
    const packed = run.bytes > room && run.bytes <= most ? gzipPack(lines, run, header) : undefined;
    if (packed !== undefined && packed.bytes > PACK_MAX_BYTES) {
      // Less than this run, so that the next try is of less, and one that was a single plain pack is tried no more.
      most = Math.floor((run.bytes * PACK_MAX_BYTES) / packed.bytes);
      continue;
    }
    packs.push(packed ?? plainPack(lines, run, header));
    at = next;
  }
  return packs;
}

/** Bytes of lines that a pack in gzip can hold, by how the first ones shrink. */
function sample(lines: Lines, plain: readonly Run[]): number {
  const { run } = joinFrom(plain, 0, SAMPLE_PACKS * PACK_MAX_BYTES);
  const packed = gzipText(textOf(lines, run)).length;
  return Math.min(PACK_MAX_LINES_BYTES, Math.floor((run.bytes * PACK_MAX_BYTES) / packed));
}

/** Runs of at most so many bytes, as few as there can be; a larger line is a run of its own. */
function cut(lines: Lines, most: number): Run[] {
  const runs: Run[] = [];
  let run: Run | undefined;
  for (const [index, { bytes }] of lines.entries()) {
    if (run !== undefined && run.bytes + 1 + bytes <= most) {
      run.end++;
      run.bytes += 1 + bytes;
    } else {
      runs.push((run = { start: index, end: index + 1, bytes }));
    }
  }
  return runs;
}

/** The run at a place with its neighbours, as many as come to at most so many bytes; and the place after them. */
function joinFrom(runs: readonly Run[], at: number, most: number): { run: Run; next: number } {
  let run = runs[at] as Run;
  let next = at + 1;
  for (let more = runs[next]; more !== undefined && run.bytes + 1 + more.bytes <= most; more = runs[++next]) {
    run = { start: run.start, end: more.end, bytes: run.bytes + 1 + more.bytes };
  }
  return { run, next };
}

function plainPack(lines: Lines, run: Run, header: PackFacts): Pack {
  const { start, end, bytes } = run;
  const head = plainHeader(header, end - start);
  return { text: `${head}\n${textOf(lines, run)}`, bytes: byteLength(head) + 1 + bytes, start, count: end - start };
}

function gzipPack(lines: Lines, run: Run, header: PackFacts): Pack {
  const { start, end, bytes } = run;
  const text = `${gzipHeader(header, end - start, bytes)}\n${gzipText(textOf(lines, run))}`;
  return { text, bytes: byteLength(text), start, count: end - start };
}

function textOf(lines: Lines, { start, end }: Run): string {
  let text = "";
  // Joined by hand, so that the engine copies the text once, when it is sent.
  for (let at = start; at < end; at++) text += at === start ? lines[at]?.line : `\n${lines[at]?.line}`;
  return text;
}

/** A pack that was taken apart. */
export interface OpenPack {
  header: PackHeader;
  /** The envelope lines as they went in, in UTF-8. */
  bytes: Buffer;
  /** Where in `bytes` each line begins, and at last one more than where they end: a line ends before the byte before the next. */
  starts: number[];
}

const NEWLINE = 10;

/**
 * Takes a pack, in UTF-8, apart. Throws a {@link NewerPack}, or an Error that says what was expected where it is no pack. Inflates no more than
 * the header announces, which is bounded.
 */
export function openPack(pack: Buffer): OpenPack {
  const header = headerIn(pack);
  const from = pack.indexOf(NEWLINE) + 1 || pack.length + 1;
  const starts = startsOf(pack, from);
  if (header.count !== starts.length - 1) {
    throw new Error(`expected a pack of ${header.count} lines, got ${starts.length - 1} after the header`);
  }
  if (header.v === 1) return { header, bytes: pack, starts };
  const bytes = gunzipText(pack.toString("latin1", from), header.bytes);
  const inner = startsOf(bytes, 0);
  if (header.envelopes !== inner.length - 1) {
    throw new Error(`expected a pack of ${header.envelopes} envelopes, got ${inner.length - 1}`);
  }
  return { header, bytes, starts: inner };
}

/** The same of a pack as text, with its lines as texts. */
export function readPack(text: string): { header: PackHeader; lines: string[] } {
  const { header, bytes, starts } = openPack(Buffer.from(text));
  return { header, lines: starts.slice(1).map((next, nth) => bytes.toString("utf8", starts[nth], next - 1)) };
}

/** Where each line begins, from `from` on, and one more than where the last one ends; the end of the bytes is the end of a line. */
function startsOf(bytes: Buffer, from: number): number[] {
  const starts = [from];
  for (let at = from; at <= bytes.length;) {
    const end = bytes.indexOf(NEWLINE, at);
    at = (end === -1 ? bytes.length : end) + 1;
    starts.push(at);
  }
  return starts;
}

/** How many envelopes a pack holds, by its header alone; 1 where it is not a pack. */
export function envelopesIn(pack: Buffer): number {
  try {
    const header = headerIn(pack);
    return header.v === 2 ? header.envelopes : header.count;
  } catch {
    return 1;
  }
}

/** The memory that reading a pack takes, roughly in bytes, by its header alone; its length where it is not a pack. */
export function unpackedSize(pack: Buffer): number {
  try {
    const header = headerIn(pack);
    return header.v === 2 ? pack.length + header.bytes : pack.length;
  } catch {
    return pack.length;
  }
}

function headerIn(pack: Buffer): PackHeader {
  const end = pack.indexOf(NEWLINE);
  return readHeader(pack.toString("utf8", 0, end === -1 ? pack.length : end));
}
