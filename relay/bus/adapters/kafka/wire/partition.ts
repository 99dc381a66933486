/** Which partition a key belongs to: as Java's default partitioner chooses, so that other producers of a topic agree. */
import type { BusRecord } from "../../../port/record.ts";
import { EnvelopeRecord } from "../../../records/envelope-record.ts";

const SEED = 0x9747b28c;
const M = 0x5bd1e995;
const R = 24;

/** The partition of a record, of so many, by its key, which is never empty. */
export function partitionOf(record: BusRecord, partitions: number): number {
  return (hashOf(record) & 0x7fffffff) % partitions;
}

function hashOf(record: BusRecord): number {
  if (record instanceof EnvelopeRecord) {
    const { texts, keyStart, keyEnd } = record.envelope;
    return murmur2(texts, keyStart, keyEnd);
  }
  const key = Buffer.from(record.key);
  return murmur2(key, 0, key.length);
}

/** MurmurHash2 in 32 bits, as in org.apache.kafka.common.utils.Utils; signed. The clients' own take ten times as long. */
function murmur2(data: Uint8Array, start: number, end: number): number {
  let hash = SEED ^ (end - start);
  let at = start;
  for (; at + 4 <= end; at += 4) {
    let word = Math.imul(data[at]! | (data[at + 1]! << 8) | (data[at + 2]! << 16) | (data[at + 3]! << 24), M);
    word = Math.imul(word ^ (word >>> R), M);
    hash = Math.imul(hash, M) ^ word;
  }
  if (at < end) {
    let tail = 0;
    for (let i = end - 1; i >= at; i--) tail = (tail << 8) | data[i]!;
    hash = Math.imul(hash ^ tail, M);
  }
  hash = Math.imul(hash ^ (hash >>> 13), M);
  return hash ^ (hash >>> 15);
}
