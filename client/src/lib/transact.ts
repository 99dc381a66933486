import { createStore, promisifyRequest, type UseStore } from "idb-keyval";

/** Milliseconds in which the database must open and the transaction commit: a blocked open hangs for good, and says nothing. */
const LIMIT_MS = 3_000;

/** A database of one object store, which is opened at the first transaction. `onDeleted`: another tab has deleted it. */
export function createTransact(name: string, onDeleted: () => void) {
  let use: UseStore | undefined;
  let db: IDBDatabase | undefined;

  function letGo(): void {
    db?.close();
    db = use = undefined;
  }

  return {
    /** Does work in one transaction; resolves with its result when that has committed, and rejects where it did not, or not in time. */
    transact: <T>(work: (store: IDBObjectStore) => Promise<T>): Promise<T> =>
      new Promise<T>((resolve, reject) => {
        const fail = (error: unknown): void => {
          // A handle that failed or hangs is of no more use: the next call opens anew.
          letGo();
          reject(error as Error);
        };
        const timer = setTimeout(fail, LIMIT_MS, "IndexedDB does not answer");
        const current = (use ??= createStore(name, "events"));
        const done = current("readwrite", (store) => {
          const { transaction } = store;
          db = transaction.db;
          // The database that hung may open after all, when these events have been sent from memory.
          if (use !== current) {
            letGo();
            throw new Error("too late");
          }
          db.onversionchange = () => {
            letGo();
            onDeleted();
          };
          return Promise.all([work(store), promisifyRequest(transaction)]);
        });
        done.finally(() => clearTimeout(timer)).then(([result]) => resolve(result), fail);
      }),

    /** Deletes it; other tabs let go of it. */
    remove(): void {
      letGo();
      indexedDB.deleteDatabase(name);
    },
  };
}
