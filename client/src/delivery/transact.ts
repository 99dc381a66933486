import { promisifyRequest } from "idb-keyval";
import { attempt } from "../lib/attempt.ts";

/** Milliseconds in which the database must open and the transaction commit: a blocked open hangs for good, and says nothing. */
const LIMIT_MS = 3_000;

const STORE = "events";

function open(name: string): Promise<IDBDatabase> {
  const request = indexedDB.open(name);
  request.addEventListener("upgradeneeded", () => request.result.createObjectStore(STORE));
  return promisifyRequest(request);
}

/**
 * A database of one object store, which is opened at the first transaction. `onWiped`: somebody deletes it, or it is gone already; the next
 * transaction creates it again. `onUnsure`: a transaction has failed, and may commit all the same.
 */
export function createTransact(name: string, onWiped: () => void, onUnsure: () => void) {
  let opening: Promise<IDBDatabase> | undefined;
  let db: IDBDatabase | undefined;

  function letGo(): void {
    db?.close();
    db = opening = undefined;
  }

  function lose(): void {
    // Whoever deletes it waits until it is closed here.
    letGo();
    onWiped();
  }

  return {
    /**
     * Does work in one transaction; resolves with its result when that has committed. Rejects where it did not, or not in time, or the work
     * failed: then none of it is done.
     */
    transact<T>(work: (store: IDBObjectStore) => Promise<T>): Promise<T> {
      let timer: ReturnType<typeof setTimeout> | undefined;
      let transaction: IDBTransaction | undefined;
      const current = (opening ??= open(name));
      const done = current.then((opened): unknown => {
        // The database that hung may open after all, when these events have been sent from memory.
        if (opening !== current) return opened.close();
        db = opened;
        for (const type of ["versionchange", "close"]) db.addEventListener(type, lose);
        transaction = db.transaction(STORE, "readwrite");
        return Promise.all([work(transaction.objectStore(STORE)), promisifyRequest(transaction)]);
      });
      const late = new Promise<never>((_, reject) => (timer = setTimeout(reject, LIMIT_MS, "IndexedDB does not respond")));
      return Promise.race([done as Promise<[T]>, late])
        .then(([result]) => result)
        .catch((error: unknown) => {
          // One that hangs would do its work later, when nobody knows of it any more; one that is being committed cannot be ended.
          if (transaction && !transaction.error && !attempt(() => [transaction!.abort()])) onUnsure();
          throw error;
        })
        .finally(() => clearTimeout(timer));
    },

    /** Closes the database; the next transaction opens it again: a handle that failed or hangs is of no more use. */
    letGo,
  };
}
