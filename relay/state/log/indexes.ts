import type { Disk } from "./disk.ts";
import { type Scratch, type Segment, segmentFile } from "./segment.ts";
import { makeSnapshot, readSnapshot, type Snapshot, writeSnapshot } from "./snapshot.ts";

interface IndexesOptions {
  folder: string;
  disk: Disk;
  /** Void blocks by `seq`, with their file. */
  voids: ReadonlyMap<number, number>;
  scratch: Scratch;
  /** The words of a whole file. */
  read: (segment: Segment) => Uint32Array;
}

/** The indexes of the log's files, and which files lack one. */
export interface Indexes {
  /** What a file holds: by its index, else by the file itself. One that `grows` still has no index. */
  load(segment: Segment, grows: boolean): Snapshot;
  /** A file grows no more: it is to have an index. */
  add(segment: Segment): void;
  /** Writes one that is missing; false where none is. */
  writeNext(): boolean;
  /** Forgets files that are gone. */
  keepOnly(segments: readonly Segment[]): void;
}

/** Makes the list; nothing is read yet. */
export function createIndexes({ folder, disk, voids, scratch, read }: IndexesOptions): Indexes {
  let missing: Segment[] = [];
  const fileOf = ({ id }: Segment): string => segmentFile(folder, id, "idx");
  const voidsIn = (id: number): number => [...voids.values()].filter((segment) => segment === id).length;
  const scan = (segment: Segment): Snapshot => makeSnapshot(read(segment), segment, (seq) => voids.has(seq));
  return {
    load(segment, grows) {
      if (grows) return scan(segment);
      const saved = readSnapshot(fileOf(segment), segment, voidsIn(segment.id), disk, scratch);
      if (!saved) missing.push(segment);
      return saved ?? scan(segment);
    },
    add: (segment) => void missing.push(segment),
    writeNext() {
      const segment = missing.shift();
      if (!segment) return false;
      writeSnapshot(fileOf(segment), segment, voidsIn(segment.id), scan(segment), disk);
      return true;
    },
    keepOnly(segments) {
      missing = missing.filter((segment) => segments.includes(segment));
    },
  };
}
