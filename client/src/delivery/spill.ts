/** What a page keeps in localStorage as it goes, since a write to IndexedDB that begins then may never commit. */
import { attempt } from "../lib/attempt.ts";
import { load } from "../lib/local.ts";
import type { EventRecord } from "./record.ts";

/** What a tab has left. */
export interface Spill {
  /** Events that may not be in IndexedDB. */
  left: EventRecord[];
  /**
   * The numbers of those that are there, and in which database (`Claims`' `BORN`). What else it has of the tab has its verdict, or is in `left`: the page
   * went before that was deleted, or while it was written. Absent where that is not known: then all that it has is taken.
   */
  saved?: number[] | undefined;
  born: number;
  /** Until when it is left to the page, which has posted all of it and may come back to hear the verdict, in milliseconds since 1970. */
  until: number;
}

/** The keys of the spills that are there. */
export const spillKeys = (prefix: string): string[] =>
  attempt(() => Object.keys(localStorage).filter((key) => key.startsWith(prefix))) ?? [];

const listOf = <T>(value: T[] | undefined): T[] | undefined => (Array.isArray(value) ? value : undefined);

/** Reads a spill, also one that is not there, or of an SDK of a version before, which had another form. */
export function readSpill(key: string): Spill {
  const { left, saved, born = 0, until = 0 } = Object(load(key)) as Partial<Spill>;
  return { left: listOf(left) ?? [], saved: listOf(saved), born, until };
}
