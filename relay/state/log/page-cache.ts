import type { Disk } from "./disk.ts";
import { isSound, RECORD_BYTES, WORDS } from "./record.ts";
import { bytesOf, damaged, type Segment } from "./segment.ts";

/** Slots of a page: 12 kB. */
const PAGE_SLOTS = 256;
/** Pages that are kept: 6 MB. */
const PAGES = 512;

/** A record in the words of its page. */
export interface FoundRecord {
  words: Uint32Array;
  at: number;
}

/** Reads records of the log by pages, since copies of events come in the order of the events. */
export interface PageCache {
  /** Throws a StateError where the record is not as it was written. */
  record(segment: Segment, slot: number): FoundRecord;
  /** A file has grown from this slot on: the page that was its last is whole no longer. */
  forget(segmentId: number, slot: number): void;
}

/** Makes the cache. */
export function createPageCache(disk: Disk): PageCache {
  const pages = new Map<string, Uint32Array>();

  const read = ({ handle, slots }: Segment, page: number): Uint32Array => {
    const words = new Uint32Array(Math.min(PAGE_SLOTS, slots - page * PAGE_SLOTS) * WORDS);
    disk.read(handle, bytesOf(words), page * PAGE_SLOTS * RECORD_BYTES);
    return words;
  };

  return {
    record(segment, slot) {
      const page = Math.floor(slot / PAGE_SLOTS);
      const name = `${segment.id}/${page}`;
      let words = pages.get(name);
      if (words) pages.delete(name);
      else words = read(segment, page);
      pages.set(name, words);
      if (pages.size > PAGES) pages.delete(pages.keys().next().value!);
      const at = (slot - page * PAGE_SLOTS) * WORDS;
      if (at >= words.length || !isSound(words, at, slot)) {
        pages.delete(name);
        throw damaged(segment.file, `expected a record at byte ${slot * RECORD_BYTES}`);
      }
      return { words, at };
    },
    forget(segmentId, slot) {
      pages.delete(`${segmentId}/${Math.floor(slot / PAGE_SLOTS)}`);
    },
  };
}
