/** Room for messages that are in the relay at a time. Whoever asks first gets it first, so that no queue starves another. */

/** A part of the budget. */
export interface Room {
  /** Says what it really takes, once that is known. */
  resize(bytes: number): void;
  /** Gives it back; the second time does nothing. */
  release(): void;
}

/** A budget of bytes. */
export interface Budget {
  /** Room for so many bytes where there is some now; undefined where there is not. More than all there is gets all of it. */
  take(bytes: number): Room | undefined;
  /** Resolves with room for so many bytes when there is some; undefined once `signal` is aborted. More than all there is gets all of it. */
  acquire(bytes: number, signal: AbortSignal): Promise<Room | undefined>;
}

interface Waiter {
  bytes: number;
  grant: () => void;
}

/** Makes a budget of so many bytes. */
export function createBudget(most: number): Budget {
  const waiters = new Set<Waiter>();
  let used = 0;

  const grantNext = (): void => {
    for (const waiter of waiters) {
      if (used > 0 && used + waiter.bytes > most) return;
      waiters.delete(waiter);
      used += waiter.bytes;
      waiter.grant();
    }
  };

  const roomOf = (bytes: number): Room => {
    let held = bytes;
    const resize = (to: number): void => {
      used += to - held;
      held = to;
      grantNext();
    };
    return {
      resize,
      release: () => resize(0),
    };
  };

  return {
    take(bytes) {
      if (waiters.size > 0 || (used > 0 && used + bytes > most)) return undefined;
      used += bytes;
      return roomOf(bytes);
    },
    async acquire(bytes, signal) {
      if (signal.aborted) return undefined;
      const { promise, resolve } = Promise.withResolvers<Room | undefined>();
      const waiter: Waiter = { bytes, grant: () => resolve(roomOf(bytes)) };
      const giveUp = (): void => {
        // One that has its room already keeps it.
        if (waiters.delete(waiter)) resolve(undefined);
      };
      waiters.add(waiter);
      signal.addEventListener("abort", giveUp, { once: true });
      grantNext();
      return promise.finally(() => signal.removeEventListener("abort", giveUp));
    },
  };
}
