import { createHash } from "node:crypto";

/** The list in another order, always the same for one `seed`: Fisher and Yates, with draws of SHA-256. */
export function shuffle<T>(list: readonly T[], seed: string): T[] {
  const shuffled = [...list];
  for (let i = shuffled.length - 1; i > 0; i--) {
    const drawn = createHash("sha256").update(`${seed}\n${i}`).digest().readUIntBE(0, 6);
    const j = drawn % (i + 1);
    [shuffled[i], shuffled[j]] = [shuffled[j] as T, shuffled[i] as T];
  }
  return shuffled;
}
