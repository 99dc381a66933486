import { createHash } from "node:crypto";

/** Things that are shuffled among each other: as many as fit into memory easily. */
const BLOCK = 50_000;

/**
 * Shuffles a stream: block by block, each in another order, always the same for one `seed`. So what was far apart comes out in its old order,
 * and a stream of less than a block is shuffled whole.
 */
export async function* shuffle<T>(stream: AsyncIterable<T>, seed: string, block = BLOCK): AsyncGenerator<T> {
  let list: T[] = [];
  let nth = 0;
  for await (const thing of stream) {
    list.push(thing);
    if (list.length < block) continue;
    yield* shuffleList(list, `${seed}/${nth++}`);
    list = [];
  }
  yield* shuffleList(list, `${seed}/${nth}`);
}

/** Fisher and Yates, in place, with draws of SHA-256. */
function shuffleList<T>(list: T[], seed: string): T[] {
  for (let i = list.length - 1; i > 0; i--) {
    const drawn = createHash("sha256").update(`${seed}\n${i}`).digest().readUIntBE(0, 6);
    const j = drawn % (i + 1);
    [list[i], list[j]] = [list[j] as T, list[i] as T];
  }
  return list;
}
