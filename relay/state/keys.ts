/**
 * The keys that tell a copy, each within its tenant and the kind of write key that sent it (a page must not be able to take a backend's
 * id): the event's id, and of an exposure or a decision each (request_id, unit, item_id, event_type, timestamp), with the placement where
 * there is one, since one item in two places is seen twice. An outcome has no such keys: three purchases of one item in one millisecond
 * are three.
 *
 * A key is 128 bits, as four words that are written where the caller wants them (docs/decisions.md). It depends on the store's salt: whoever does not
 * know that cannot search for a key that another's event has.
 */
import type { KeyKind } from "@sightline/worker/envelope";
import { keyHash, type KeyVersion } from "./key-hash.ts";
import { beginKey, cutKey, endKey, keyLength, keyOfText, keyPart, keyPartText, keyStart } from "./key-text.ts";
import { timePart } from "./key-time.ts";
import type { MessageRef } from "./store.ts";
import { contentText } from "./words.ts";

/** Words of a key. */
export const KEY_WORDS = 4;

/** What the keys of one tenant begin with. */
export interface KeyPrefix {
  event: Buffer;
  item: Record<KeyKind, Buffer>;
}

/** What an event's items have in common: where each begins in {@link ItemTexts.shared}. */
export const SHARED = { request_id: 0, unit_type: 2, unit_id: 4, event_type: 6, timestamp: 8 } as const;

/** The texts of which the keys of items are made, in UTF-8: where each begins and ends, the same number twice where there is none. */
export interface ItemTexts {
  bytes: Buffer;
  /** By {@link SHARED}; what follows is of no meaning here. */
  shared: Int32Array;
  /** Of each item the item_id, and the placement. */
  items: Int32Array;
  count: number;
}

/** Makes the keys of one store. */
export interface Keys {
  /** How they are made (key-hash.ts). */
  readonly version: KeyVersion;
  prefix(tenant_id: string): KeyPrefix;
  /** Writes the key of an event's id, which is UTF-8. */
  event(prefix: KeyPrefix, kind: KeyKind, bytes: Buffer, start: number, end: number, into: Uint32Array, to: number): void;
  /** Writes the keys of an event's items, one behind the other; returns how many: none where it names no request, or has no time. */
  items(prefix: KeyPrefix, kind: KeyKind, texts: ItemTexts, into: Uint32Array, to: number): number;
  /** The key of one content under an id that another content owns; the key of the id and the content hash follow each other at `at`. */
  conflict(words: Uint32Array, at: number): Uint32Array;
  /** The key of a queue's message. */
  message(ref: MessageRef): Uint32Array;
}

/** The keys of the store with that salt. */
export function createKeys(salt: string, version: KeyVersion): Keys {
  const hash = keyHash(version, salt);
  // The older hash depends on nothing but the text.
  const first = version === 1 ? [salt] : [];
  const item = (tenant_id: string, kind: KeyKind): Buffer => keyStart(...first, "item", tenant_id, kind);
  return {
    version,
    prefix: (tenant_id) => ({
      event: keyStart(...first, "event", tenant_id),
      item: { web: item(tenant_id, "web"), server: item(tenant_id, "server") },
    }),
    event(prefix, kind, bytes, start, end, into, to) {
      beginKey(prefix.event, end - start + 6, 2);
      keyPart(bytes, start, end);
      if (kind === "server") keyPartText(kind);
      endKey(hash, into, to);
    },
    items(prefix, kind, texts, into, to) {
      const { bytes, shared, items, count } = texts;
      if (count === 0 || !has(shared, SHARED.request_id) || !has(shared, SHARED.timestamp)) return 0;
      beginKey(prefix.item[kind], sizeOf(texts), 7);
      for (let i: number = SHARED.request_id; i < SHARED.timestamp; i += 2) keyPart(bytes, shared[i]!, shared[i + 1]!);
      timePart(bytes, shared[SHARED.timestamp]!, shared[SHARED.timestamp + 1]!);
      const length = keyLength();
      for (let i = 0; i < count; i++) {
        const place = i * 4;
        cutKey(length);
        keyPart(bytes, items[place]!, items[place + 1]!);
        keyPart(bytes, items[place + 2]!, items[place + 3]!);
        endKey(hash, into, to + i * KEY_WORDS);
      }
      return count;
    },
    conflict(words, at) {
      const key = new Uint32Array(KEY_WORDS);
      const id = String.fromCharCode(...new Uint8Array(words.slice(at, at + KEY_WORDS).buffer));
      beginKey(keyStart("conflict", id, contentText(words, at + KEY_WORDS)), 0, 0);
      endKey(hash, key, 0);
      return key;
    },
    message({ queue, id }) {
      const key = new Uint32Array(KEY_WORDS);
      keyOfText(`message${queue.length}:${queue}${id}`, hash, key, 0);
      return key;
    },
  };
}

function has(shared: Int32Array, text: number): boolean {
  return shared[text]! < shared[text + 1]!;
}

/** Bytes of all texts of one key, at most. */
function sizeOf({ shared, items, count }: ItemTexts): number {
  // A time without a fraction is ten bytes longer in its canonical form.
  let bytes = 10;
  for (let i = 0; i <= SHARED.timestamp; i += 2) bytes += shared[i + 1]! - shared[i]!;
  let most = 0;
  for (let i = 0; i < count * 4; i += 4) most = Math.max(most, items[i + 1]! - items[i]! + items[i + 3]! - items[i + 2]!);
  return bytes + most;
}
