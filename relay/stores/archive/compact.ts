/**
 * Compaction: the small files of an hour become one, with the same rows. Its manifest makes it count, and what it replaces not, in one moment; that
 * is removed only when nobody can still be reading it. A process that is killed anywhere leaves what counts as it is.
 */
import { rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Table } from "../columns/column.ts";
import type { DuckDb } from "../duckdb/open.ts";
import { literal } from "../duckdb/sql.ts";
import type { ArchiveFile, ArchiveFiles } from "./files.ts";
import { compactedFile } from "./layout.ts";
import { type Hour, isManifest, manifestFile, manifestText } from "./manifest.ts";
import { selectFiles, typedAndEmpty } from "./select-files.ts";

/** What is to be compacted, and with what. */
export interface CompactOptions {
  files: ArchiveFiles;
  duckDb: Pick<DuckDb, "connection" | "folder">;
  table: Table;
  hour: Hour;
  /** What counts no more is removed after so many milliseconds: whoever listed the hour before may read it until then. */
  graceMs: number;
}

/** What was done with an hour. */
export interface Compacted {
  /** Files that became one; 0 where there was nothing to do, or another process was faster. */
  merged: number;
  rows: number;
  removed: number;
}

/** A file of more bytes stays as it is: what is made of it would be hard to read at once. */
const LARGE_BYTES = 128_000_000;
const ROW_GROUP = 49_152;

/** Compacts an hour, and removes what was compacted before. */
export async function compactHour(options: CompactOptions): Promise<Compacted> {
  const { current } = options.hour;
  const small = current.filter(({ bytes }) => bytes < LARGE_BYTES);
  const removed = await removeReplaced(options);
  if (small.length < 2) return { merged: 0, rows: 0, removed };
  const rows = await merge(options, small);
  return { merged: rows === undefined ? 0 : small.length, rows: rows ?? 0, removed };
}

/** Resolves with the number of rows; undefined where another process was faster. */
async function merge(
  { files, duckDb, table, hour }: CompactOptions,
  inputs: readonly ArchiveFile[],
): Promise<number | undefined> {
  const { connection, folder } = duckDb;
  const { folder: at, manifest, number } = hour;
  // A name of its own: what is left behind by a process that was killed is never taken for what this one has made.
  const name = compactedFile(table, crypto.randomUUID());
  const path = join(folder, name);
  try {
    const paths = await files.locate(inputs);
    const select = selectFiles(table, [await typedAndEmpty(duckDb, table), ...paths]);
    await connection.run(`COPY (${select}) TO ${literal(path)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${ROW_GROUP})`);
    const [before, after] = await Promise.all([rowsIn(duckDb, paths), rowsIn(duckDb, [path])]);
    if (before !== after) throw new Error(`${at}: expected ${before} rows in the compacted file, got ${after}`);
    const { size: bytes } = await stat(path);
    await files.putFile(at + name, path);
    const replaced = inputs.map(({ key }) => key.slice(at.length));
    const gone = new Set(replaced);
    const next = manifestText({
      version: 1,
      files: [...manifest.files.filter((file) => !gone.has(file.name)), { name, bytes, rows: after }],
      replaced: [...new Set([...manifest.replaced, ...replaced])].toSorted(),
    });
    if (await files.putText(at + manifestFile(number + 1), next)) return after;
    await files.remove([at + name]);
    return undefined;
  } finally {
    await rm(path, { force: true });
  }
}

async function rowsIn({ connection }: Pick<DuckDb, "connection">, paths: readonly string[]): Promise<number> {
  const found = await connection.runAndReadAll(
    `SELECT coalesce(sum(num_rows), 0)::BIGINT AS rows FROM parquet_file_metadata([${paths.map(literal).join(", ")}])`,
  );
  return Number(found.getRowObjectsJS()[0]!["rows"]);
}

/** Removes what does not count since longer than the grace; nothing where a file that counts is not there. */
async function removeReplaced({ files, hour, graceMs }: CompactOptions): Promise<number> {
  const { folder, present, manifest, number } = hour;
  const until = Date.now() - graceMs;
  const at = present.find(({ key }) => key === folder + manifestFile(number))?.at;
  if (at === undefined || at.getTime() > until) return 0;
  const there = new Set(present.map(({ key }) => key.slice(folder.length)));
  const lost = manifest.files.find(({ name }) => !there.has(name));
  if (lost !== undefined) throw new Error(`${files.name}: ${folder}${lost.name} is missing, which counts: nothing is removed`);
  const replaced = new Set(manifest.replaced);
  // What a compaction made that nothing names stays: it may be of a manifest that was lost, and have rows that are nowhere else.
  const isLeft = (name: string): boolean => replaced.has(name) || (isManifest(name) && name !== manifestFile(number));
  const going = present.filter((file) => file.at.getTime() <= until && isLeft(file.key.slice(folder.length)));
  if (going.length > 0) await files.remove(going.map(({ key }) => key));
  return going.length;
}
