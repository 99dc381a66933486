/** The port of where an archive's files are. Keys are paths with slashes; a file is there whole or not at all, and never changes. */
import type { Names } from "./layout.ts";

/** A file that is there. */
export interface ArchiveFile {
  key: string;
  bytes: number;
  /** When it was put there. */
  at: Date;
}

/** A folder or a bucket. */
export interface ArchiveFiles {
  /** What it is, as people read it. */
  readonly name: string;
  /** Why there is nothing to be read, where that can be told: it is another place than was meant, and not an empty archive. */
  absence(): Promise<string | undefined>;
  /** The files of a span of names. */
  list(names: Names): Promise<ArchiveFile[]>;
  /** A small file's text; undefined where it is not there. */
  readText(key: string): Promise<string | undefined>;
  /** Puts text; false where there is a file of that name, which stays as it is. It is durable when this resolves. */
  putText(key: string, text: string): Promise<boolean>;
  /** The same of a file of this machine, which is taken away once it is there; where the name was taken it is left. */
  putFile(key: string, path: string): Promise<boolean>;
  /** Removes files; those that are not there are no error. */
  remove(keys: readonly string[]): Promise<void>;
  /** Paths on this machine under which files can be read, in their order. Rejects where one is not there any more. */
  locate(files: readonly ArchiveFile[]): Promise<string[]>;
  close(): void;
}

/** The key is missing, since what it had is in another file now: whoever lists again finds that. */
export class FileGone extends Error {
  override readonly name = "FileGone";

  constructor(key: string) {
    super(`${key} is not there any more: it was compacted while it was to be read; ask again`);
  }
}
