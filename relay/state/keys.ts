/**
 * The keys that tell a copy, each within its tenant and the kind of write key that sent it (a page must not be able to take a backend's
 * id): the event's id, and of an exposure or a decision each (request_id, unit, item_id, event_type, timestamp), with the placement where
 * there is one, since one item in two places is seen twice. An outcome has no such keys: three purchases of one item in one millisecond
 * are three.
 *
 * Hashed to 128 bits by MurmurHash3 (docs/decisions.md): a key is four words, written where the caller wants them. The store's salt comes first:
 * whoever does not know it cannot search for a key that another's event has.
 */
import type { KeyKind } from "@sightline/worker/envelope";
import type { MessageRef } from "./store.ts";
import { beginKey, cutKey, endKey, keyBytes, keyLength, keyOfText, keyPart, keyPartText } from "./key-text.ts";
import { contentText } from "./words.ts";

/** Words of a key. */
export const KEY_WORDS = 4;

/** What the keys of one tenant begin with. */
export interface KeyPrefix {
  event: Uint8Array;
  item: Record<KeyKind, Uint8Array>;
}

/** What the keys of a tenant begin with, in the store of that salt. */
export function keyPrefix(tenant_id: string, salt: string): KeyPrefix {
  const item = (kind: KeyKind): Uint8Array => keyBytes(salt, "item", tenant_id, kind);
  return { event: keyBytes(salt, "event", tenant_id), item: { web: item("web"), server: item("server") } };
}

/** What an event's items have in common: where each begins in {@link ItemTexts.shared}. */
export const SHARED = { request_id: 0, unit_type: 2, unit_id: 4, event_type: 6, timestamp: 8 } as const;

/** The texts of which the keys of items are made, in UTF-8: where each begins and ends, the same number twice where there is none. */
export interface ItemTexts {
  bytes: Uint8Array;
  /** By {@link SHARED}; what follows is of no meaning here. */
  shared: Int32Array;
  /** Of each item the item_id, and the placement. */
  items: Int32Array;
  count: number;
}

/** Writes the key of an event's id. */
export function eventKey(
  prefix: KeyPrefix,
  kind: KeyKind,
  bytes: Uint8Array,
  start: number,
  end: number,
  into: Uint32Array,
  to: number,
): void {
  beginKey(prefix.event, end - start + 6, 2);
  keyPart(bytes, start, end);
  if (kind === "server") keyPartText(kind);
  endKey(into, to);
}

/** Writes the keys of an event's items, one behind the other; returns how many: none where it names no request, or has no time. */
export function itemKeys(prefix: KeyPrefix, kind: KeyKind, texts: ItemTexts, into: Uint32Array, to: number): number {
  const { bytes, shared, items, count } = texts;
  const has = (place: number): boolean => shared[place]! < shared[place + 1]!;
  if (count === 0 || !has(SHARED.request_id) || !has(SHARED.timestamp)) return 0;
  beginKey(prefix.item[kind], sizeOf(texts), 7);
  for (let i: number = SHARED.request_id; i < SHARED.timestamp; i += 2) keyPart(bytes, shared[i]!, shared[i + 1]!);
  timePart(bytes, shared[SHARED.timestamp]!, shared[SHARED.timestamp + 1]!);
  const length = keyLength();
  for (let i = 0; i < count; i++) {
    const item = i * 4;
    cutKey(length);
    keyPart(bytes, items[item]!, items[item + 1]!);
    keyPart(bytes, items[item + 2]!, items[item + 3]!);
    endKey(into, to + i * KEY_WORDS);
  }
  return count;
}

/** The key of a queue's message. */
export function messageKey({ queue, id }: MessageRef): Uint32Array {
  const key = new Uint32Array(KEY_WORDS);
  keyOfText(`message${queue.length}:${queue}${id}`, key, 0);
  return key;
}

/** The key of one content under an id that another content owns; both follow each other at `at`, the key of the id first. */
export function conflictKey(words: Uint32Array, at: number): Uint32Array {
  const key = new Uint32Array(KEY_WORDS);
  const id = String.fromCharCode(...new Uint8Array(words.slice(at, at + KEY_WORDS).buffer));
  beginKey(keyBytes("conflict", id, contentText(words, at + KEY_WORDS)), 0, 0);
  endKey(key, 0);
  return key;
}

/** Bytes of all texts of one key, at most. */
function sizeOf({ shared, items, count }: ItemTexts): number {
  let bytes = 9;
  for (let i = 0; i <= SHARED.timestamp; i += 2) bytes += shared[i + 1]! - shared[i]!;
  let most = 0;
  for (let i = 0; i < count * 4; i += 4) most = Math.max(most, items[i + 1]! - items[i]! + items[i + 3]! - items[i + 2]!);
  return bytes + most;
}

/** How nearly every time looks; zeros are any digits. */
const FORM = Buffer.from("0000-00-00T00:00:00.000Z");
/** The same in the canonical form, for the digits of each. */
const canonical = Buffer.from("0000-00-00T00:00:00.000000000Z");
const decoder = new TextDecoder();

/** What nearly every time looks like is told by its bytes. */
function timePart(bytes: Uint8Array, start: number, end: number): void {
  if (!isPlainTime(bytes, start, end)) return keyPartText(canonicalTime(decoder.decode(bytes.subarray(start, end))));
  for (let i = 0; i < FORM.length - 1; i++) canonical[i] = bytes[start + i]!;
  keyPart(canonical, 0, canonical.length);
}

function isPlainTime(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start !== FORM.length) return false;
  for (let i = 0; i < FORM.length; i++) {
    const byte = bytes[start + i]!;
    if (FORM[i] === 48 ? byte < 48 || byte > 57 : byte !== FORM[i]) return false;
  }
  return true;
}

/** One spelling for one instant: UTC, nine digits after the second. What is no such time is its own spelling. */
function canonicalTime(timestamp: string): string {
  const parts = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:Z|\+00:00)$/i.exec(timestamp);
  return parts ? `${parts[1]!.toUpperCase()}.${(parts[2] ?? "").padEnd(9, "0")}Z` : timestamp;
}
