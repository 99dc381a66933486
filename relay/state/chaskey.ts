/**
 * Chaskey with eight rounds: a code of 128 bits that depends on a key (N. Mouha and others, SAC 2014, https://eprint.iacr.org/2014/386). In 32-bit words,
 * so that the engine is quick with it. Whoever does not know the key can make no two texts that come to one code, and texts that are alike
 * but for a number in them do not by chance.
 */

const ROUNDS = 8;

/** A key, and the two that are made of it for the last block. */
export interface ChaskeyKey {
  key: Uint32Array;
  whole: Uint32Array;
  padded: Uint32Array;
}

/** Prepares a key of four words. */
export function chaskeyKey(key: Uint32Array): ChaskeyKey {
  const whole = doubled(key);
  return { key, whole, padded: doubled(whole) };
}

/** Twice a number of 128 bits, in the field that CMAC uses. */
function doubled(from: Uint32Array): Uint32Array {
  const [a, b, c, d] = from as unknown as [number, number, number, number];
  return Uint32Array.of((a << 1) ^ (d >>> 31 ? 0x87 : 0), (b << 1) | (a >>> 31), (c << 1) | (b >>> 31), (d << 1) | (c >>> 31));
}

/**
 * Writes the code of the first `length` bytes of a buffer as four words; `words` are the same bytes. What follows them, up to a whole block, is
 * overwritten.
 */
export function chaskey(
  { key, whole, padded }: ChaskeyKey,
  bytes: Uint8Array,
  words: Uint32Array,
  length: number,
  into: Uint32Array,
  to: number,
): void {
  const isWhole = length > 0 && (length & 15) === 0;
  const last = length === 0 ? 0 : (length - 1) >>> 4;
  if (!isWhole) {
    bytes[length] = 1;
    for (let i = length + 1; i < (last + 1) << 4; i++) bytes[i] = 0;
  }
  const end = isWhole ? whole : padded;
  let [a, b, c, d] = key as unknown as [number, number, number, number];
  for (let block = 0; block <= last; block++) {
    const at = block << 2;
    a ^= words[at]!;
    b ^= words[at + 1]!;
    c ^= words[at + 2]!;
    d ^= words[at + 3]!;
    if (block === last) {
      a ^= end[0]!;
      b ^= end[1]!;
      c ^= end[2]!;
      d ^= end[3]!;
    }
    for (let round = 0; round < ROUNDS; round++) {
      a = (a + b) | 0;
      b = ((b << 5) | (b >>> 27)) ^ a;
      a = (a << 16) | (a >>> 16);
      c = (c + d) | 0;
      d = ((d << 8) | (d >>> 24)) ^ c;
      a = (a + d) | 0;
      d = ((d << 13) | (d >>> 19)) ^ a;
      c = (c + b) | 0;
      b = ((b << 7) | (b >>> 25)) ^ c;
      c = (c << 16) | (c >>> 16);
    }
  }
  into[to] = a ^ end[0]!;
  into[to + 1] = b ^ end[1]!;
  into[to + 2] = c ^ end[2]!;
  into[to + 3] = d ^ end[3]!;
}
