/**
 * Where in the log each key is: an open-addressing table over typed arrays, 8 bytes a slot: 32 bits of the key's hash, and the place. It may
 * return places of other keys (one look-up in 100,000 at ten million keys); whoever asks compares the key in the log.
 *
 * Kept in 64 parts, so that growing moves a 64th of the keys at a time, and each part in pages that are never given back, so that growing
 * leaves no garbage behind.
 */
export const PARTS = 64;
/** Slots of a page, as a power of two: 32 kB. */
const PAGE_BITS = 12;
const PAGE = 2 ** PAGE_BITS;
const TWO_32 = 2 ** 32;
/** Slots in use, at most, and after growing. */
const FULL = 0.85;
const GROWN = 0.72;
/** A place that is none any more. Live ones begin behind it. */
const GONE = 1;
/** The lowest place that can be live. */
export const FIRST_PLACE = 2;

const NONE: readonly number[] = [];

/** The table. `part` and `hash` are of {@link partOf} and {@link hashKey}. */
export interface KeyTable {
  /** Adds a place; a key may have several. */
  insert(part: number, hash: number, place: number): void;
  remove(part: number, hash: number, place: number): void;
  /** Places that may be the key's. */
  find(part: number, hash: number): readonly number[];
  /** Forgets every place before this one. */
  forgetBefore(place: number): void;
  /** Takes `by` off every place. */
  rebase(by: number): void;
  /** Bytes that it takes. */
  bytes(): number;
}

/** Pages of one part. */
type Pages = Uint32Array[];

/** Makes a table with room for about `expected` keys. */
export function createKeyTable(expected = 0): KeyTable {
  const parts = Array.from({ length: PARTS }, () => addPages([], (expected / PARTS) * 1.02));
  const used = new Uint32Array(PARTS);
  let firstLive = FIRST_PLACE;
  let moving = new Uint32Array(2 * PAGE);

  const put = (pages: Pages, hash: number, place: number): boolean => {
    const size = pages.length * PAGE;
    let at = slotOf(hash, size);
    while (placeAt(pages, at) >= firstLive) if (++at === size) at = 0;
    const isNew = placeAt(pages, at) === 0;
    const page = pages[at >>> PAGE_BITS]!;
    page[(at & (PAGE - 1)) * 2] = hash;
    page[(at & (PAGE - 1)) * 2 + 1] = place;
    return isNew;
  };

  /** Puts what is live of a part in its place again, with pages for it, and takes `by` off each place. */
  const rebuild = (part: number, by: number): void => {
    const pages = parts[part]!;
    if (moving.length < pages.length * PAGE * 2) moving = new Uint32Array(pages.length * PAGE * 2);
    let live = 0;
    for (const page of pages) {
      for (let i = 0; i < page.length; i += 2) {
        if (page[i + 1]! < firstLive) continue;
        moving[live * 2] = page[i]!;
        moving[live * 2 + 1] = page[i + 1]!;
        live++;
      }
      page.fill(0);
    }
    addPages(pages, live + 1);
    for (let i = 0; i < live; i++) put(pages, moving[i * 2]!, moving[i * 2 + 1]!);
    if (by > 0) for (const page of pages) for (let i = 1; i < page.length; i += 2) if (page[i]! > 0) page[i]! -= by;
    used[part] = live;
  };

  return {
    insert(part, hash, place) {
      if (used[part]! + 1 > parts[part]!.length * PAGE * FULL) rebuild(part, 0);
      if (put(parts[part]!, hash, place)) used[part]!++;
    },
    remove(part, hash, place) {
      const pages = parts[part]!;
      const size = pages.length * PAGE;
      for (let at = slotOf(hash, size); placeAt(pages, at) !== 0; at = at + 1 === size ? 0 : at + 1) {
        if (placeAt(pages, at) === place) pages[at >>> PAGE_BITS]![(at & (PAGE - 1)) * 2 + 1] = GONE;
      }
    },
    find(part, hash) {
      const pages = parts[part]!;
      const size = pages.length * PAGE;
      let found: number[] | undefined;
      for (let at = slotOf(hash, size); ; at = at + 1 === size ? 0 : at + 1) {
        const place = placeAt(pages, at);
        if (place === 0) return found ?? NONE;
        if (place >= firstLive && pages[at >>> PAGE_BITS]![(at & (PAGE - 1)) * 2] === hash) (found ??= []).push(place);
      }
    },
    forgetBefore(place) {
      firstLive = Math.max(firstLive, place);
    },
    rebase(by) {
      for (let part = 0; part < PARTS; part++) rebuild(part, by);
      firstLive -= by;
    },
    bytes: () => parts.reduce((sum, { length }) => sum + length * PAGE * 8, 0),
  };
}

/** Adds pages until so many keys leave room to grow. */
function addPages(pages: Pages, keys: number): Pages {
  const wanted = Math.max(1, Math.ceil(keys / GROWN / PAGE));
  while (pages.length < wanted) pages.push(new Uint32Array(PAGE * 2));
  return pages;
}

/** Where the search for a hash begins: in the order of the hashes, whatever the size. */
function slotOf(hash: number, size: number): number {
  return Math.floor((hash * size) / TWO_32);
}

function placeAt(pages: Pages, at: number): number {
  return pages[at >>> PAGE_BITS]![(at & (PAGE - 1)) * 2 + 1]!;
}

/** Which part a key's words belong to; independent of {@link hashKey}. */
export function partOf(words: Uint32Array, at: number): number {
  const h = Math.imul(words[at]! ^ Math.imul(words[at + 2]!, 0x27d4eb2f), 0x9e3779b1);
  return mix(h ^ Math.imul(words[at + 1]! ^ Math.imul(words[at + 3]!, 0x165667b1), 0x85ebca77)) >>> 26;
}

/** 32 bits of hash of a key's four words: mixed, so that keys of any form spread. */
export function hashKey(words: Uint32Array, at: number): number {
  const h = Math.imul(words[at]!, 0xcc9e2d51) ^ Math.imul(words[at + 1]!, 0x1b873593);
  return mix(mix(h) ^ Math.imul(words[at + 2]!, 0x85ebca6b) ^ Math.imul(words[at + 3]!, 0xc2b2ae35));
}

function mix(h: number): number {
  let x = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}
