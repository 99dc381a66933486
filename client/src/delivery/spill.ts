/** What a page keeps in localStorage as it goes, since a write to IndexedDB that begins then may never commit. */
import { attempt } from "../lib/attempt.ts";
import { load } from "../lib/local.ts";
import type { EventRecord } from "./record.ts";

/** What a tab has left. */
export interface Spill {
  /** Events that may not be in IndexedDB. */
  left: EventRecord[];
  /** How many were there, and in which database (`Claims.born`). */
  saved: number;
  born: number;
}

/** The keys of the spills that are there. */
export const spillKeys = (prefix: string): string[] =>
  attempt(() => Object.keys(localStorage).filter((key) => key.startsWith(prefix))) ?? [];

/** Reads a spill; one of an earlier version is a list of events. */
export function readSpill(key: string): Spill {
  const spill = load<Spill | EventRecord[]>(key);
  return { left: [], saved: 0, born: 0, ...(Array.isArray(spill) ? { left: spill } : spill) };
}
