/**
 * What IndexedDB may not have committed when the page goes, kept in localStorage, which is synchronous: one key a session, so that no
 * tab writes over another's. That such a key is there also says that its session has ended.
 *
 * Chromium writes localStorage to disk after some seconds: this helps against a closed tab, not against a killed browser. Where it is
 * blocked or full, nothing is kept, and nothing is thrown.
 */
import type { EventRecord } from "./record.ts";

/** The spills of all sessions of one write key. */
export interface Spill {
  /** Keeps the records for whoever starts next. */
  write(session: string, records: readonly EventRecord[]): void;
  /** Every spill that is there, by session. */
  read(): Map<string, EventRecord[]>;
  /** True while nobody has taken this session's spill over. */
  has(session: string): boolean;
  remove(session: string): void;
}

/** Spills under keys that begin with `prefix`. */
export function createSpill(prefix: string): Spill {
  return {
    write: (session, records) => attempt(() => localStorage.setItem(prefix + session, JSON.stringify(records))),
    has: (session) => attempt(() => localStorage.getItem(prefix + session)) != null,
    remove: (session) => attempt(() => localStorage.removeItem(prefix + session)),
    read() {
      const spills = new Map<string, EventRecord[]>();
      for (const key of attempt(() => Object.keys(localStorage)) ?? []) {
        if (!key.startsWith(prefix)) continue;
        const records = attempt(() => JSON.parse(localStorage.getItem(key) ?? "[]") as EventRecord[]);
        spills.set(key.slice(prefix.length), Array.isArray(records) ? records : []);
      }
      return spills;
    },
  };
}

function attempt<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
