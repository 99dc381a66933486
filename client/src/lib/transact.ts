import { createStore, promisifyRequest, type UseStore } from "idb-keyval";
import { within } from "./within.ts";

/** Milliseconds in which the database must open and the transaction commit: a blocked open hangs for good, and says nothing. */
const LIMIT_MS = 3_000;

/** Does work in one transaction; resolves with its result when that has committed, and rejects where it did not, or not in time. */
export type Transact = <T>(work: (store: IDBObjectStore) => Promise<T>) => Promise<T>;

/** Transactions on a database of one object store, which is opened at the first of them. */
export function createTransact(name: string): Transact {
  let use: UseStore | undefined;
  return async (work) => {
    let late = false;
    try {
      use ??= createStore(name, "events");
      const both = use("readwrite", (store) => {
        // The database that hung may open after all, when these events have been sent from memory.
        if (late) throw new Error("too late");
        return Promise.all([work(store), promisifyRequest(store.transaction)]);
      });
      return (await within(LIMIT_MS, "a transaction in IndexedDB", both))[0];
    } catch (error) {
      late = true;
      // A handle that failed or hangs is of no more use: the next call opens anew.
      use = undefined;
      throw error;
    }
  };
}
