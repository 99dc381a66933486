/** Makes the block of a claim: its markers, which have the form of records, then its messages. */
import { crc32 } from "node:zlib";
import type { MarkerList } from "./marker-list.ts";
import { FLAGS, IN_PART, MESSAGE, putHeader, putLong, SEEN, seal, WORDS } from "./log/record.ts";
import { bytesOf } from "./log/segment.ts";

/** A message of a block. */
export interface BlockMessage {
  /** Four words. */
  key: Uint32Array;
  /** Some of its lines are not settled. */
  isInPart: boolean;
}

/** Where a block will be, and when. */
export interface BlockPlace {
  slot: number;
  seq: number;
  /** When all of it was first seen, milliseconds since 1970. */
  at: number;
}

/** Completes the markers' own words to a block, which is in their first `count + 1` records; returns that count. The list stays as it is. */
export function writeBlock(markers: MarkerList, messages: readonly BlockMessage[], { slot, seq, at: now }: BlockPlace): number {
  markers.reserve(messages.length);
  const { words } = markers;
  const count = markers.count + messages.length;
  const seconds = Math.floor(now / 1000);
  for (const [nth, { key, isInPart }] of messages.entries()) {
    const at = (markers.count + 1 + nth) * WORDS;
    words.set(key, at);
    putLong(words, at + 4, seq);
    words.fill(0, at + 6, at + FLAGS);
    words[at + FLAGS] = MESSAGE | (isInPart ? IN_PART : 0);
  }
  for (let record = 1; record <= count; record++) {
    words[record * WORDS + SEEN] = seconds;
    seal(words, record * WORDS, slot + record);
  }
  const crc = crc32(bytesOf(words, WORDS, (count + 1) * WORDS));
  putHeader(words, 0, { slot, count, seq, newest: now, crc });
  return count;
}
