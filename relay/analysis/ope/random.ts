/** Numbers from 0 to, and without, 1 that follow from a seed alone: xoshiro128**, by Blackman and Vigna. */
export function createRandom(seed: number): () => number {
  const state = new Uint32Array(4);
  // splitmix32, so that seeds that are close give sequences that are not.
  let mixed = seed >>> 0;
  for (let n = 0; n < 4; n++) {
    mixed = (mixed + 0x9e3779b9) >>> 0;
    let word = mixed;
    word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
    word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
    state[n] = word ^ (word >>> 16);
  }
  return () => {
    const result = Math.imul(rotate(Math.imul(state[1]!, 5), 7), 9) >>> 0;
    const shifted = state[1]! << 9;
    state[2]! ^= state[0]!;
    state[3]! ^= state[1]!;
    state[1]! ^= state[2]!;
    state[0]! ^= state[3]!;
    state[2]! ^= shifted;
    state[3] = rotate(state[3]!, 11);
    return result / 2 ** 32;
  };
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
