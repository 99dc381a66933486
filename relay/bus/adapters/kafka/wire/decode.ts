/**
 * Reads record batches, version 2 (https://kafka.apache.org/documentation/#recordbatch), as `read_committed` says: neither markers nor
 * records of aborted transactions. The client's own reader of them shows aborted records where a producer has aborted several
 * transactions in one fetch.
 */
import { compressionsAlgorithmsByBitmask } from "@platformatic/kafka";
import type { StoredRecord } from "../../../port/record.ts";

/** A transaction that was aborted, as a fetch tells it. */
export interface Aborted {
  producerId: bigint;
  /** Its first offset in the partition. */
  firstOffset: bigint;
}

/** What was read. */
export interface Decoded {
  records: StoredRecord[];
  /** The offset after all that was read, markers and aborted records included. */
  next: bigint;
  /** What the records hold in memory, each of which is a part of it. */
  bytes: number;
}

/** Where it is from. */
interface From {
  topic: string;
  partition: number;
  /** The first offset that is wanted: a batch may begin before it. */
  offset: bigint;
}

/** Bytes of a batch before its records. */
const HEAD = 61;
const COMPRESSION = 0b111;
const LOG_APPEND_TIME = 1 << 3;
const TRANSACTIONAL = 1 << 4;
const CONTROL = 1 << 5;
const ABORT = 0;
const EMPTY = Buffer.alloc(0);

/** Reads all batches that are whole. Throws where one is of another version or codec. */
export function decodeBatches(bytes: Buffer, from: From, aborted: readonly Aborted[]): Decoded {
  const records: StoredRecord[] = [];
  const begun = aborted.toSorted((a, b) => (a.firstOffset < b.firstOffset ? -1 : 1));
  const aborting = new Set<bigint>();
  let next = from.offset;
  let unpacked = bytes.length;
  let at = 0;
  while (bytes.length - at >= HEAD) {
    const end = at + 12 + bytes.readInt32BE(at + 8);
    if (end > bytes.length) break;
    const version = bytes.readInt8(at + 16);
    if (version !== 2) throw new Error(`${from.topic}: expected record batches of version 2, got ${version}`);
    const attributes = bytes.readInt16BE(at + 21);
    const first = bytes.readBigInt64BE(at);
    const last = first + BigInt(bytes.readInt32BE(at + 23));
    while (begun[0] !== undefined && begun[0].firstOffset <= last) aborting.add(begun.shift()!.producerId);
    const producerId = bytes.readBigInt64BE(at + 43);
    if (attributes & CONTROL) {
      if (markerOf(bytes.subarray(at + HEAD, end)) === ABORT) aborting.delete(producerId);
    } else if (!(attributes & TRANSACTIONAL && aborting.has(producerId))) {
      unpacked += readBatch(bytes.subarray(at, end), attributes, first, from, records);
    }
    if (last >= next) next = last + 1n;
    at = end;
  }
  return { records, next, bytes: unpacked };
}

/** The kind of a control record: its key is a version and a kind, of two bytes each. */
function markerOf(body: Buffer): number {
  const cursor = { bytes: body, at: 0 };
  readVarint(cursor);
  cursor.at++;
  readVarint(cursor);
  readVarint(cursor);
  readVarint(cursor);
  return body.readInt16BE(cursor.at + 2);
}

interface Cursor {
  bytes: Buffer;
  at: number;
}

/** Returns the bytes that are there of it beside those that came. */
function readBatch(batch: Buffer, attributes: number, first: bigint, from: From, into: StoredRecord[]): number {
  const { topic, partition, offset: wanted } = from;
  const base = Number(batch.readBigInt64BE(attributes & LOG_APPEND_TIME ? 35 : 27));
  const cursor = { bytes: bodyOf(batch, attributes, topic), at: 0 };
  for (let left = batch.readInt32BE(57); left > 0; left--) {
    const length = readVarint(cursor);
    const end = cursor.at + length;
    cursor.at++;
    const delta = readVarint(cursor);
    const offset = first + BigInt(readVarint(cursor));
    if (offset >= wanted) {
      const key = readBytes(cursor);
      const value = readBytes(cursor);
      const record: StoredRecord = {
        topic,
        key: key === null ? "" : key.toString(),
        value: value ?? EMPTY,
        headers: readHeaders(cursor),
        partition,
        offset,
        publishedAt: timeOf(attributes & LOG_APPEND_TIME ? base : base + delta),
      };
      if (value === null) record.isTombstone = true;
      into.push(record);
    }
    cursor.at = end;
  }
  return attributes & COMPRESSION ? cursor.bytes.length : 0;
}

function bodyOf(batch: Buffer, attributes: number, topic: string): Buffer {
  const body = batch.subarray(HEAD);
  const codec = attributes & COMPRESSION;
  if (codec === 0) return body;
  const algorithm = compressionsAlgorithmsByBitmask[codec];
  if (algorithm === undefined) throw new Error(`${topic}: expected a codec that is known, got ${codec}`);
  return algorithm.decompressSync(body);
}

/** Headers that have a value; of several that have one name the last. */
function readHeaders(cursor: Cursor): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let left = readVarint(cursor); left > 0; left--) {
    const name = readBytes(cursor)?.toString() ?? "";
    const value = readBytes(cursor);
    if (value === null) delete headers[name];
    else headers[name] = value.toString();
  }
  return headers;
}

function readBytes(cursor: Cursor): Buffer | null {
  const length = readVarint(cursor);
  if (length < 0) return null;
  const from = cursor.at;
  cursor.at += length;
  return cursor.bytes.subarray(from, cursor.at);
}

/** Zigzag; a difference of times has up to 64 bits, of which a number keeps what there is in practice. */
function readVarint(cursor: Cursor): number {
  const { bytes } = cursor;
  let byte = bytes[cursor.at++]!;
  let value = byte & 0x7f;
  for (let scale = 0x80; byte > 0x7f; scale *= 0x80) {
    byte = bytes[cursor.at++]!;
    value += (byte & 0x7f) * scale;
  }
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}

/** Records that come together are mostly of one moment. */
let time = { ms: Number.NaN, text: "" };

function timeOf(ms: number): string {
  if (time.ms !== ms) time = { ms, text: new Date(ms).toISOString() };
  return time.text;
}
