/**
 * What makes keys of texts. Version 2 is Chaskey with a key of the store's own. Version 1 was MurmurHash3, whose lanes meet too late: of ids
 * that are alike but for two numbers in the wrong places some in a million collide, and an event is lost by that. A store goes on with the version that its
 * keys have; one that is rebuilt has the newer.
 */
import { createHash } from "node:crypto";
import { hashRoom, murmurRoom } from "@sightline/worker/murmur128";
import { chaskey, chaskeyKey } from "./chaskey.ts";
import type { HashBytes } from "./key-text.ts";

/** How the keys of a store are made. */
export type KeyVersion = 1 | 2;

/** The version of a new store. */
export const KEY_VERSION: KeyVersion = 2;

/** What is said of a store whose keys are older. */
export const OLD_KEYS =
  "its keys are of version 1, which takes some ids that are alike but for two numbers for one: run sightline dedup rebuild (docs/store.md)";

/** The hash of a version; `salt` is the store's. */
export function keyHash(version: KeyVersion, salt: string): HashBytes {
  if (version === 1) return murmur;
  const digest = createHash("sha256").update(salt).digest();
  const key = chaskeyKey(Uint32Array.from([0, 4, 8, 12], (at) => digest.readUInt32LE(at)));
  return (bytes, words, length, into, to) => chaskey(key, bytes, words, length, into, to);
}

const murmur: HashBytes = (bytes, _, length, into, to) => {
  murmurRoom(length).set(bytes.subarray(0, length));
  hashRoom(length, into, to);
  for (let i = to; i < to + 4; i++) into[i] = swapped(into[i]!);
};

/** Its keys are in the log in the order in which the hash is written. */
function swapped(word: number): number {
  return (word >>> 24) | ((word >>> 8) & 0xff00) | ((word & 0xff00) << 8) | (word << 24);
}
