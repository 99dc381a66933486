/** An archive in a folder. */
import { createReadStream, createWriteStream } from "node:fs";
import { link, mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { syncFolder } from "../../lib/sync-folder.ts";
import { type ArchiveFile, type ArchiveFiles, FileGone } from "./files.ts";
import type { Names } from "./layout.ts";

/** Where files are until they are whole; nobody looks for Parquet files of that ending. */
const INCOMING = ".incoming";
/** What is older there was left behind by a process that was killed, milliseconds. */
const LEFT_BEHIND_MS = 24 * 3_600_000;

const WITHOUT_LINKS: ReadonlySet<string | undefined> = new Set(["EPERM", "ENOTSUP", "ENOSYS", "EOPNOTSUPP", "EMLINK"]);

type Code = NodeJS.ErrnoException["code"];
const codeOf = (error: unknown): Code => (error as NodeJS.ErrnoException).code;

/** Makes it; the folder is made when something is put there. */
export function openFolder(path: string): ArchiveFiles {
  const root = resolve(path);
  const incoming = join(root, INCOMING);
  const sweeping = sweep(incoming);

  /** Under its name once it is whole and on the disk; a name that is taken stays what it is. */
  const place = async (key: string, write: (path: string) => Promise<void>): Promise<boolean> => {
    await sweeping;
    const target = join(root, key);
    if (await isThere(target)) return false;
    await mkdir(incoming, { recursive: true });
    await makeFolders(root, dirname(target));
    const part = join(incoming, `${crypto.randomUUID()}.part`);
    try {
      await write(part);
      await syncFile(part);
      await publish(part, target);
      syncFolder(dirname(target));
      return true;
    } catch (error) {
      if (codeOf(error) === "EEXIST") return false;
      throw error;
    } finally {
      await rm(part, { force: true });
    }
  };
  return {
    name: root,
    async absence() {
      if (await isThere(root)) return undefined;
      return `ARCHIVE_URL: expected the folder of an archive, got ${root}, which is not there; sightline store parquet makes it`;
    },
    list: async (names) => (await walk(root, "", names)).flat(),
    async readText(key) {
      try {
        return await readFile(join(root, key), "utf8");
      } catch (error) {
        if (codeOf(error) === "ENOENT") return undefined;
        throw error;
      }
    },
    putText: (key, text) =>
      place(key, async (part) => {
        const file = await open(part, "wx");
        await file.writeFile(text).finally(() => file.close());
      }),
    async putFile(key, from) {
      const isNew = await place(key, async (part) => {
        try {
          await link(from, part);
        } catch (error) {
          // Another file system, or one without links.
          if (codeOf(error) !== "EXDEV" && !WITHOUT_LINKS.has(codeOf(error))) throw error;
          await pipeline(createReadStream(from), createWriteStream(part));
        }
      });
      if (isNew) await rm(from, { force: true });
      return isNew;
    },
    async remove(keys) {
      await Promise.all(keys.map((key) => rm(join(root, key), { force: true })));
    },
    async locate(files) {
      const paths = files.map(({ key }) => join(root, key));
      const missing = (await Promise.all(paths.map(isThere))).indexOf(false);
      if (missing !== -1) throw new FileGone(files[missing]!.key);
      return paths;
    },
    close: () => {},
  };
}

/** Files under a folder, in order; folders whose names are all outside are not opened. */
async function walk(root: string, prefix: string, names: Names): Promise<ArchiveFile[]> {
  const found: ArchiveFile[] = [];
  for (const entry of await entriesOf(join(root, prefix))) {
    const key = `${prefix}${entry.name}${entry.isDirectory() ? "/" : ""}`;
    if (key >= names.before || (key < names.from && !names.from.startsWith(key))) continue;
    if (entry.isDirectory()) found.push(...(await walk(root, key, names)));
    else if (entry.isFile()) {
      const { size, mtime } = await stat(join(root, key)).catch(() => ({ size: -1, mtime: new Date(0) }));
      // It went while it was looked at.
      if (size !== -1) found.push({ key, bytes: size, at: mtime });
    }
  }
  return found;
}

async function entriesOf(folder: string) {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter(({ name }) => !name.startsWith(".")).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    if (codeOf(error) === "ENOENT") return [];
    throw error;
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return false;
    throw error;
  }
}

/** Unlike a rename, a link does not replace what another process has put there meanwhile. */
async function publish(part: string, target: string): Promise<void> {
  try {
    await link(part, target);
  } catch (error) {
    // A file system without links: what is replaced has the same rows.
    if (!WITHOUT_LINKS.has(codeOf(error))) throw error;
    await rename(part, target);
  }
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, "r+");
  await file.sync().finally(() => file.close());
}

/** Makes folders whose names are on the disk: a file in one that is lost would be lost with it. */
async function makeFolders(root: string, folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true });
  if (first === undefined) return;
  for (let made = folder; made.length >= first.length; made = dirname(made)) syncFolder(dirname(made));
  if (first.length < root.length) syncFolder(dirname(first));
}

async function sweep(incoming: string): Promise<void> {
  for (const { name } of await entriesOf(incoming).catch(() => [])) {
    const path = join(incoming, name);
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }));
    if (Date.now() - mtimeMs > LEFT_BEHIND_MS) await rm(path, { force: true });
  }
}
