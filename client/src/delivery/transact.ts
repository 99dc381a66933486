import { createStore, promisifyRequest, type UseStore } from "idb-keyval";

/** Milliseconds in which the database must open and the transaction commit: a blocked open hangs for good, and says nothing. */
const LIMIT_MS = 3_000;

/**
 * A database of one object store, which is opened at the first transaction. `onWiped`: somebody deletes it, or it is gone already; the next
 * transaction makes a new one.
 */
export function createTransact(name: string, onWiped: () => void) {
  let use: UseStore | undefined;
  let db: IDBDatabase | undefined;

  function letGo(): void {
    db?.close();
    db = use = undefined;
  }

  function lose(): void {
    // Whoever deletes it waits until it is closed here.
    letGo();
    onWiped();
  }

  return {
    /** Does work in one transaction; resolves with its result when that has committed, and rejects where it did not, or not in time. */
    transact<T>(work: (store: IDBObjectStore) => Promise<T>): Promise<T> {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const current = (use ??= createStore(name, "events"));
      const done = current<unknown>("readwrite", (store) => {
        const { transaction } = store;
        // The database that hung may open after all, when these events have been sent from memory.
        if (use !== current) return transaction.db.close();
        ({ db } = transaction);
        for (const type of ["versionchange", "close"]) db.addEventListener(type, lose);
        return Promise.all([work(store), promisifyRequest(transaction)]);
      });
      const late = new Promise<never>((_, reject) => (timer = setTimeout(reject, LIMIT_MS, "IndexedDB does not answer")));
      return Promise.race([done as Promise<[T]>, late])
        .then(([result]) => result)
        .finally(() => clearTimeout(timer));
    },

    /** Closes the database; the next transaction opens it anew: a handle that failed or hangs is of no more use. */
    letGo,
  };
}
