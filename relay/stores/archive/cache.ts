/** Copies of an object store's files on this machine. What a key has never changes, so a copy of the right size is right. */
import { createWriteStream } from "node:fs";
import { mkdir, readdir, rename, rm, stat, utimes } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ArchiveFile } from "./files.ts";

/** Bytes of all copies beyond which those go that were not used for the longest time. */
const MOST_BYTES = 10 * 2 ** 30;

/** Copies of files. */
export interface Cache {
  /** The path of a file's copy, which is made where it is missing. */
  get(file: ArchiveFile, fetch: (file: ArchiveFile) => Promise<object>): Promise<string>;
  /** Makes room, but not of these. */
  trim(used: readonly string[]): Promise<void>;
}

/** Makes it, in a folder that only its owner may look into: it has what events say. */
export function createCache(root: string, place: string): Cache {
  return {
    async get(file, fetch) {
      const path = join(root, place, file.key);
      const { size } = await stat(path).catch(() => ({ size: -1 }));
      if (size === file.bytes) {
        await utimes(path, new Date(), new Date());
        return path;
      }
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const part = `${path}.${crypto.randomUUID()}.part`;
      try {
        await pipeline((await fetch(file)) as Readable, createWriteStream(part, { mode: 0o600 }));
        await rename(part, path);
      } finally {
        await rm(part, { force: true });
      }
      return path;
    },
    async trim(used) {
      const kept = new Set(used);
      const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
      const copies = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
      const found = await Promise.all(copies.map(async (path) => ({ path, ...(await sizeOf(path)) })));
      let bytes = found.reduce((sum, { size }) => sum + size, 0);
      for (const { path, size } of found.toSorted((a, b) => a.at - b.at)) {
        if (bytes <= MOST_BYTES) return;
        if (kept.has(path)) continue;
        await rm(path, { force: true });
        bytes -= size;
      }
    },
  };
}

async function sizeOf(path: string): Promise<{ size: number; at: number }> {
  const { size, mtimeMs } = await stat(path).catch(() => ({ size: 0, mtimeMs: 0 }));
  return { size, at: mtimeMs };
}
