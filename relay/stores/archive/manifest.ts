/**
 * Which files of an hour count. Where nothing was compacted: all of its batches. A compaction writes one file, then a manifest that names it and
 * what it replaces, and removes that only later: so whoever lists the hour at any moment finds each row once. Manifests are numbered, never
 * changed, and put only where the number is free: of two compactions at once one has its work for nothing.
 */
import { z } from "zod";
import type { Table } from "../columns/column.ts";
import type { ArchiveFile, ArchiveFiles } from "./files.ts";
import { isBatchFile, isCompactedFile, splitKey } from "./layout.ts";

const fileSchema = z.object({ name: z.string(), bytes: z.int().min(0), rows: z.int().min(0) });
const manifestSchema = z.object({
  version: z.literal(1),
  /** Files that a compaction made and that count. */
  files: z.array(fileSchema),
  /** Names that do not count any more, also where one comes again: a store that was killed may put a batch again that it had put. */
  replaced: z.array(z.string()),
});

/** A manifest. */
export type Manifest = z.infer<typeof manifestSchema>;

const MANIFEST = /^_manifest-(\d{6})\.json$/;

/** Name of the manifest of a number. */
export function manifestFile(number: number): string {
  return `_manifest-${String(number).padStart(6, "0")}.json`;
}

/** Whether a name is that of a manifest. */
export function isManifest(name: string): boolean {
  return MANIFEST.test(name);
}

/** Writes a manifest's text. */
export function manifestText(manifest: Manifest): string {
  return `${JSON.stringify(manifest)}\n`;
}

/** An hour of a table. */
export interface Hour {
  /** With a slash at its end. */
  folder: string;
  /** Number of its newest manifest, 0 where it has none. */
  number: number;
  manifest: Manifest;
  /** What counts. */
  current: ArchiveFile[];
  /** All that is there. */
  present: ArchiveFile[];
}

/** The hours of a table among files that were listed, in order. */
export async function hoursOf(files: ArchiveFiles, table: Pick<Table, "name">, listed: readonly ArchiveFile[]): Promise<Hour[]> {
  const byFolder = Map.groupBy(listed, ({ key }) => splitKey(key)?.folder);
  byFolder.delete(undefined);
  return Promise.all([...byFolder].map(([folder, present]) => hourOf(files, table, folder!, present)));
}

async function hourOf(files: ArchiveFiles, table: Pick<Table, "name">, folder: string, present: ArchiveFile[]): Promise<Hour> {
  const nameOf = ({ key }: ArchiveFile): string => key.slice(folder.length);
  const numbers = present.map((file) => Number(MANIFEST.exec(nameOf(file))?.[1] ?? 0));
  const number = Math.max(0, ...numbers);
  const manifest =
    number === 0 ? { version: 1 as const, files: [], replaced: [] } : await read(files, folder + manifestFile(number));
  const replaced = new Set(manifest.replaced);
  const batches = present.filter((file) => isBatchFile(table, nameOf(file)) && !replaced.has(nameOf(file)));
  // What a compaction replaces stays until long after its manifest is there: without either, the manifest was taken away.
  if (number === 0 && batches.length === 0 && present.some((file) => isCompactedFile(table, nameOf(file))))
    throw new Error(`${files.name}: ${folder}: expected the manifest of its compacted files, got none: bring it back`);
  // Those that a manifest names are there, whether they were listed or not.
  const compacted = manifest.files.map(({ name, bytes }) => ({ key: folder + name, bytes, at: new Date(0) }));
  return { folder, number, manifest, present, current: [...batches, ...compacted].toSorted((a, b) => (a.key < b.key ? -1 : 1)) };
}

async function read(files: ArchiveFiles, key: string): Promise<Manifest> {
  const text = await files.readText(key);
  try {
    return manifestSchema.parse(JSON.parse(text ?? "nothing"));
  } catch (cause) {
    throw new Error(`${files.name}: ${key}: expected a manifest of version 1`, { cause });
  }
}
