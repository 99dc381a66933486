/**
 * Writes records as a record batch, version 2 (https://kafka.apache.org/documentation/#recordbatch), in one pass into one buffer.
 *
 * Headers are most of a record's parts, and most of them say the same in each: what they come to in bytes is kept. The client's own
 * encoder takes twice as long with the six headers of an event.
 */
import { compressionsAlgorithms, crc32c, Writer } from "@platformatic/kafka";
import type { BusRecord } from "../../../port/bus.ts";
import { EnvelopeRecord } from "../../../records/envelope-record.ts";
import { envelopeSize, writeEnvelope } from "./envelope-parts.ts";
import { textSize, VARINT, varintSize, writeText, writeVarint } from "./varint.ts";

/** How the records of a batch are compressed. */
export type Compression = "none" | "gzip" | "snappy" | "lz4" | "zstd";

/** Bytes before the records. */
const HEAD = 61;
/** Where the bytes begin that the CRC is of: the attributes. */
const CHECKED = 21;
const TRANSACTIONAL = 1 << 4;
/** Headers that differ from record to record; those of an event that do not are few. */
const VARYING: ReadonlySet<string> = new Set(["event_id", "traceparent"]);
/** Headers that are kept, at most: beyond, somebody sends other values with each event. */
const MOST_KEPT = 1_000;

/** Who writes, and as what. */
export interface BatchOptions {
  producerId: bigint;
  producerEpoch: number;
  /** Sequence of its first record within the partition. */
  sequence: number;
  compression: Compression;
  /** Of a transaction. */
  transactional: boolean;
  /** Milliseconds since 1970. */
  timestamp: number;
}

/** By name: what was written last, which is mostly what is written next, and all else that is kept. */
interface Kept {
  text: string;
  bytes: Buffer;
  others: Map<string, Buffer>;
}
const kept = new Map<string, Kept>();

/** The batch, from its base offset on; in a buffer that `lend` gives of at least so many bytes. @default a new one */
export function encodeRecordBatch(
  records: readonly BusRecord[],
  options: BatchOptions,
  lend: (bytes: number) => Buffer = Buffer.allocUnsafe,
): Buffer {
  const { bytes, end } = writeRecords(records, lend);
  const algorithm = options.compression === "none" ? undefined : compressionsAlgorithms[options.compression];
  const whole = algorithm
    ? Buffer.concat([bytes.subarray(0, HEAD), algorithm.compressSync(bytes.subarray(HEAD, end))])
    : bytes.subarray(0, end);
  whole.fill(0, 0, 12);
  whole.writeInt32BE(whole.length - 12, 8);
  whole.writeInt32BE(0, 12);
  whole.writeInt8(2, 16);
  whole.writeInt16BE((options.transactional ? TRANSACTIONAL : 0) | (algorithm?.bitmask ?? 0), CHECKED);
  whole.writeInt32BE(records.length - 1, 23);
  whole.writeBigInt64BE(BigInt(options.timestamp), 27);
  whole.writeBigInt64BE(BigInt(options.timestamp), 35);
  whole.writeBigInt64BE(options.producerId, 43);
  whole.writeInt16BE(options.producerEpoch, 51);
  whole.writeInt32BE(options.sequence, 53);
  whole.writeInt32BE(records.length, 57);
  // In the one form that the client's function does not copy before it reads it.
  whole.writeUInt32BE(crc32c(Writer.create().append(whole.subarray(CHECKED)).dynamicBuffer), 17);
  return whole;
}

function writeRecords(records: readonly BusRecord[], lend: (bytes: number) => Buffer): { bytes: Buffer; end: number } {
  const sizes = records.map(sizeOf);
  const bytes = lend(HEAD + sizes.reduce((sum, size) => sum + size + VARINT, 0));
  let at = HEAD;
  for (const [index, record] of records.entries()) {
    const body = (sizes[index] as number) + varintSize(index);
    at = writeVarint(bytes, body, at);
    const start = at;
    // Attributes, of which there are none, and the time since the batch's.
    bytes[at++] = 0;
    bytes[at++] = 0;
    at = writeVarint(bytes, index, at);
    at = record instanceof EnvelopeRecord ? writeEnvelope(record.envelope, bytes, at) : writeParts(record, bytes, at);
    if (at - start !== body) throw new Error(`expected a record of ${body} bytes, got ${at - start}`);
  }
  return { bytes, end: at };
}

function writeParts({ key, value, headers }: BusRecord, bytes: Buffer, from: number): number {
  let at = writeVarint(bytes, value.length, writeText(bytes, key, from));
  at += value.copy(bytes, at);
  at = writeVarint(bytes, countOf(headers), at);
  for (const name in headers) {
    const text = headers[name] as string;
    if (VARYING.has(name)) at = writeText(bytes, text, writeText(bytes, name, at));
    else at += headerBytes(name, text).copy(bytes, at);
  }
  return at;
}

/** Bytes of a record but for its index and its length. */
function sizeOf(record: BusRecord): number {
  if (record instanceof EnvelopeRecord) return 2 + envelopeSize(record.envelope);
  const { key, value, headers } = record;
  let size = 2 + textSize(key) + varintSize(value.length) + value.length + varintSize(countOf(headers));
  for (const name in headers) {
    const text = headers[name] as string;
    size += VARYING.has(name) ? textSize(name) + textSize(text) : headerBytes(name, text).length;
  }
  return size;
}

function headerBytes(name: string, text: string): Buffer {
  const known = kept.get(name) ?? { text: "", bytes: encodeHeader(name, ""), others: new Map<string, Buffer>() };
  if (known.text === text) return known.bytes;
  const bytes = known.others.get(text) ?? encodeHeader(name, text);
  if (known.others.size >= MOST_KEPT) known.others.clear();
  known.others.set(text, bytes);
  if (kept.size >= MOST_KEPT) kept.clear();
  kept.set(name, { text, bytes, others: known.others });
  return bytes;
}

function encodeHeader(name: string, text: string): Buffer {
  const bytes = Buffer.allocUnsafe(textSize(name) + textSize(text));
  writeText(bytes, text, writeText(bytes, name, 0));
  return bytes;
}

/** Without a list of the names: there is one for each record, twice. */
function countOf(headers: BusRecord["headers"]): number {
  let count = 0;
  for (const _ in headers) count++;
  return count;
}
