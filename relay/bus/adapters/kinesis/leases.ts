/**
 * Who of a group reads which shard, and how far it is: a row each, renewed by its owner. A row that nobody renews is free. Members have
 * rows, too, so that all know how many share the work.
 */

/** How far a shard is: the last sequence number that is finished; where to begin; or that it is finished for good. */
export type Checkpoint = { after: string } | { at: number } | "beginning" | "end";

/** A row. */
export interface Lease {
  /** A shard, or a member. */
  name: string;
  /** Undefined: nobody's. */
  owner: string | undefined;
  /** Grows with each renewal. */
  counter: number;
  checkpoint: Checkpoint;
}

/** The rows of a group. Each change but a creation is of whoever owns the row, and false where that is somebody else by now. */
export interface LeaseTable {
  list(): Promise<Lease[]>;
  /** Makes a row; nothing where it is there. */
  create(lease: Lease): Promise<void>;
  /** Takes a row that is still as it was listed. */
  take(lease: Lease, owner: string): Promise<boolean>;
  renew(name: string, owner: string): Promise<boolean>;
  commit(name: string, owner: string, checkpoint: Checkpoint): Promise<boolean>;
  release(name: string, owner: string): Promise<boolean>;
  remove(name: string): Promise<void>;
}

/** Rows that are gone with the subscriber: of one without a group. */
export function leasesInMemory(): LeaseTable {
  const rows = new Map<string, Lease>();
  const change = (name: string, owner: string, changes: Partial<Lease>): boolean => {
    const row = rows.get(name);
    if (row?.owner !== owner) return false;
    rows.set(name, { ...row, ...changes, counter: row.counter + 1 });
    return true;
  };
  return {
    list: async () => [...rows.values()],
    async create(lease) {
      if (!rows.has(lease.name)) rows.set(lease.name, lease);
    },
    async take({ name }, owner) {
      const row = rows.get(name);
      if (row === undefined) return false;
      rows.set(name, { ...row, owner, counter: row.counter + 1 });
      return true;
    },
    renew: async (name, owner) => change(name, owner, {}),
    commit: async (name, owner, checkpoint) => change(name, owner, { checkpoint }),
    release: async (name, owner) => change(name, owner, { owner: undefined }),
    async remove(name) {
      rows.delete(name);
    },
  };
}
