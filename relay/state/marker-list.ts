/**
 * Markers in the form of the log's records, in order, found by their keys: what a round marks is in one array, which becomes the block that
 * its claim writes.
 */
import { hashKey } from "./log/key-table.ts";
import { DEAD_LETTERED, FLAGS, KEY, WORDS } from "./log/record.ts";
import { isSame } from "./words.ts";

/** Words that an event gives its markers: its content hash and its owner's, as a record has them behind the key. */
const EVENT_WORDS = 6;
/** Markers for which there is room at least. */
const LEAST = 512;

/** A list of markers. */
export interface MarkerList {
  readonly count: number;
  /** Records; the first one is room for a block's header. Another array once the list has grown. */
  readonly words: Uint32Array;
  /** Where the record of a key is; -1 where there is none. */
  find(key: Uint32Array, at: number): number;
  /** Marks a key as an event's, whose content hash and owner follow each other at `eventAt`; takes the place of a marker that the key has. */
  put(key: Uint32Array, at: number, event: Uint32Array, eventAt: number, isDead: boolean): void;
  /** Makes room for so many records behind the markers. */
  reserve(records: number): void;
}

/** Makes a list, empty, with room for so many markers: one that grows leaves arrays behind, which the collector has to run for. */
export function createMarkerList(expected = 0): MarkerList {
  const room = Math.max(LEAST, expected);
  let words = new Uint32Array((room + 1) * WORDS);
  /** Open addressing: numbers of records, from 1. */
  let slots = new Int32Array(2 ** Math.ceil(Math.log2(2 * room)));
  let count = 0;

  const slotOf = (key: Uint32Array, at: number): number => {
    const mask = slots.length - 1;
    let slot = hashKey(key, at) & mask;
    while (slots[slot] !== 0 && !isSame(words, slots[slot]! * WORDS + KEY, key, at)) slot = (slot + 1) & mask;
    return slot;
  };

  const reserve = (records: number): void => {
    const needed = (count + 1 + records) * WORDS;
    if (needed <= words.length) return;
    const more = new Uint32Array(Math.max(needed, words.length * 2));
    more.set(words);
    words = more;
  };

  const widen = (): void => {
    slots = new Int32Array(slots.length * 2);
    for (let record = 1; record <= count; record++) slots[slotOf(words, record * WORDS)] = record;
  };

  return {
    get count() {
      return count;
    },
    get words() {
      return words;
    },
    find(key, at) {
      const record = slots[slotOf(key, at)]!;
      return record === 0 ? -1 : record * WORDS;
    },
    put(key, at, event, eventAt, isDead) {
      let slot = slotOf(key, at);
      if (slots[slot] === 0) {
        if ((count + 1) * 2 > slots.length) {
          widen();
          slot = slotOf(key, at);
        }
        reserve(1);
        slots[slot] = ++count;
      }
      const record = slots[slot]! * WORDS;
      for (let i = 0; i < 4; i++) words[record + i] = key[at + i]!;
      for (let i = 0; i < EVENT_WORDS; i++) words[record + 4 + i] = event[eventAt + i]!;
      if (isDead) words[record + FLAGS]! |= DEAD_LETTERED;
    },
    reserve,
  };
}
