/** Writes claims as blocks of the key log, into memory that is used again. */
import { crc32 } from "node:zlib";
import { hashKey, partOf } from "./log/key-table.ts";
import { DEAD_LETTERED, IN_PART, MESSAGE, putHeader, putLong, seal, WORDS } from "./log/record.ts";
import { bytesOf } from "./log/segment.ts";
import type { Key } from "./keys.ts";
import type { Marker } from "./store.ts";

const KEY_BYTES = 16;

/** A block in the making. */
export interface BlockWriter {
  /** The words written so far; a header's room is first. */
  readonly words: Uint32Array;
  /** Begins a block that will be at `slot`. */
  begin(slot: number, seq: number): void;
  marker(key: Key, marker: Marker, firstSeen: number): void;
  message(key: Key, isInPart: boolean, firstSeen: number): void;
  /** Closes it; returns how many records it has. */
  end(): number;
  /** The latest time of its records, milliseconds since 1970. */
  readonly newest: number;
  /** Part and hash of the record at this index, for the table. */
  part(index: number): number;
  hash(index: number): number;
}

/** Makes the writer. */
export function createBlockWriter(): BlockWriter {
  let words = new Uint32Array(1024 * WORDS);
  let [slot, seq, count, newest] = [0, 0, 0, 0];
  let [lastHash, lastOwner] = ["", ""];
  const content = new Uint32Array(4);
  const owner = new Uint32Array(2);

  const next = (key: Key, firstSeen: number): number => {
    if (key.length !== KEY_BYTES) throw new RangeError(`expected a key of ${KEY_BYTES} bytes, got ${key.length}`);
    count++;
    const at = count * WORDS;
    if (at + WORDS > words.length) {
      const more = new Uint32Array(words.length * 2);
      more.set(words);
      words = more;
    }
    readKey(key, words, at);
    newest = Math.max(newest, firstSeen);
    words[at + 10] = Math.floor(firstSeen / 1000);
    return at;
  };

  return {
    get words() {
      return words;
    },
    begin(newSlot, newSeq) {
      [slot, seq, count, newest] = [newSlot, newSeq, 0, 0];
    },
    marker(key, { owner: id, content_hash, state }, firstSeen) {
      // The keys of one event come one after another.
      if (content_hash !== lastHash) readHex(content_hash, content);
      if (id !== lastOwner) hashOwner(id, owner);
      [lastHash, lastOwner] = [content_hash, id];
      const at = next(key, firstSeen);
      for (let i = 0; i < 4; i++) words[at + 4 + i] = content[i]!;
      words[at + 8] = owner[0]!;
      words[at + 9] = owner[1]! | (state === "dead_lettered" ? DEAD_LETTERED : 0);
      seal(words, at, slot + count);
    },
    message(key, isInPart, firstSeen) {
      const at = next(key, firstSeen);
      putLong(words, at + 4, seq);
      words.fill(0, at + 6, at + 9);
      words[at + 9] = MESSAGE | (isInPart ? IN_PART : 0);
      seal(words, at, slot + count);
    },
    end() {
      const crc = crc32(bytesOf(words, WORDS, (count + 1) * WORDS));
      putHeader(words, 0, { slot, count, seq, newest, crc });
      return count;
    },
    get newest() {
      return newest;
    },
    part: (index) => partOf(words, (index + 1) * WORDS),
    hash: (index) => hashKey(words, (index + 1) * WORDS),
  };
}

/** A key's bytes as four words. */
export function readKey(key: Key, words: Uint32Array, at: number): void {
  for (let i = 0; i < 4; i++) {
    const b = i * 4;
    words[at + i] =
      key.charCodeAt(b) | (key.charCodeAt(b + 1) << 8) | (key.charCodeAt(b + 2) << 16) | (key.charCodeAt(b + 3) << 24);
  }
}

/** Whether an event owns a marker, be it one of the store's, which keeps 56 bits of a hash of the id. */
export function isOwner({ owner }: Pick<Marker, "owner">, id: string): boolean {
  if (owner === id) return true;
  const words = new Uint32Array(2);
  hashOwner(id, words);
  return owner === ownerText(words, 0);
}

/** The same of what is in a record. */
export function ownerText(words: Uint32Array, at: number): string {
  return hex(words[at]!) + hex((words[at + 1]! & 0xffffff00) >>> 0);
}

/** Content hash of a record. */
export function contentText(words: Uint32Array, at: number): string {
  return hex(words[at]!) + hex(words[at + 1]!) + hex(words[at + 2]!) + hex(words[at + 3]!);
}

function hex(word: number): string {
  return word.toString(16).padStart(8, "0");
}

/** FNV-1a twice, mixed; it tells owners apart, and nobody gains by making two alike. Leaves the low byte free. */
function hashOwner(id: string, words: Uint32Array): void {
  let [a, b] = [0x811c9dc5, 0x01000193];
  for (let i = 0; i < id.length; i++) {
    const unit = id.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x01000193);
    b = Math.imul(b ^ unit, 0x85ebca6b) ^ (a >>> 13);
  }
  words[0] = a ^ (b >>> 15);
  words[1] = (b ^ (a >>> 16)) & 0xffffff00;
}

/** 32 lower-case digits. */
function readHex(text: string, words: Uint32Array): void {
  for (let i = 0; i < 4; i++) {
    let word = 0;
    for (let at = i * 8; at < i * 8 + 8; at++) {
      const unit = text.charCodeAt(at);
      // "0" is 48, and "a" 97.
      word = (word << 4) | (unit > 57 ? unit - 87 : unit - 48);
    }
    words[i] = word;
  }
}
