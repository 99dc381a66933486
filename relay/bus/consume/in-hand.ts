/**
 * What a queue has lent to this member: kept from others while it is in work, given back where it is not finished, and removed once it is
 * acknowledged, each on its own.
 */

/** A queue that lends. Handles are those of the last time that something was received: older ones may no longer be valid. */
export interface Lender {
  /** Keeps them from others for a while more. */
  prolong(handles: string[]): Promise<void>;
  /** Others may have them at once. */
  giveBack(handles: string[]): Promise<void>;
  /** Removes them for good; resolves with those that are to be tried again. */
  remove(handles: string[]): Promise<string[]>;
}

interface InHandOptions {
  lender: Lender;
  /** Between two prolongations, milliseconds. */
  prolongMs: number;
  /** Removes after so many acknowledged ones or milliseconds, whichever comes first, and where none is left in work. */
  removeEvery: number;
  removeIntervalMs: number;
  /** Is told what went wrong. */
  onFault(error: Error): void;
}

/** What is in hand. */
export interface InHand {
  /** Takes it; false where it is there already, and was only received again. */
  take(id: string, handle: string): boolean;
  ack(id: string): void;
  /** Resolves when what is being removed is: what it held back can be had then. */
  removed(): Promise<void>;
  /** Removes what is acknowledged, gives the rest back, and prolongs no more. */
  close(): Promise<void>;
}

/** Begins to hold. */
export function holdInHand({ lender, prolongMs, removeEvery, removeIntervalMs, onFault }: InHandOptions): InHand {
  const open = new Map<string, string>();
  const acked = new Map<string, string>();
  let removing = Promise.resolve();

  const removeAcked = async (): Promise<void> => {
    const some = [...acked];
    if (some.length === 0) return;
    const again = new Set(await lender.remove(some.map(([, handle]) => handle)));
    for (const [id, handle] of some) if (!again.has(handle)) acked.delete(id);
  };
  const flush = (): Promise<void> => (removing = removing.then(removeAcked).catch(onFault));
  const prolong = async (): Promise<void> => {
    const handles = [...open.values(), ...acked.values()];
    if (handles.length > 0) await lender.prolong(handles).catch(onFault);
  };
  const timers = [setInterval(() => void prolong(), prolongMs), setInterval(() => void flush(), removeIntervalMs)];

  return {
    take(id, handle) {
      const held = [open, acked].find((some) => some.has(id));
      (held ?? open).set(id, handle);
      return held === undefined;
    },
    ack(id) {
      const handle = open.get(id);
      if (handle === undefined) return;
      open.delete(id);
      acked.set(id, handle);
      if (open.size === 0 || acked.size % removeEvery === 0) void flush();
    },
    removed: () => removing,
    async close() {
      for (const timer of timers) clearInterval(timer);
      await flush();
      if (open.size > 0) await lender.giveBack([...open.values()]).catch(onFault);
    },
  };
}
