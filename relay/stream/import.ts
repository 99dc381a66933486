/** Moves from files to tables: what `sightline store parquet` wrote, into the Iceberg tables that stream jobs go on with. */
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Span } from "../stores/archive/layout.ts";
import { currentFiles } from "../stores/archive/open-archive.ts";
import { openFiles } from "../stores/archive/open-files.ts";
import type { ArchivePlace } from "../stores/archive/settings.ts";
import { ConfigError } from "../lib/settings.ts";
import { addressOf } from "./address.ts";
import { librariesAt } from "./libraries.ts";
import { type Plan, requireSettings } from "./plan.ts";
import { passwordFile } from "./prepare.ts";
import { renderImport } from "./render.ts";
import { runSql } from "./runner.ts";
import type { StreamOptions } from "./settings.ts";

/** What to move, and where to. */
export interface ArchiveImport {
  archive: ArchivePlace;
  span: Span;
  plan: Plan;
  options: Pick<StreamOptions, "databaseUrl" | "flinkLib" | "heapMb">;
  /** Aborted: ends, and nothing is in the tables. */
  signal: AbortSignal;
  say: (line: string) => void;
}

/** Resolves with the number of files of each table when all are there. Rejects, and nothing is, where one could not be read. */
export async function importArchive({ archive, span, plan, options, signal, say }: ArchiveImport): Promise<Map<string, number>> {
  requireSettings(plan, "tables", ["iceberg"]);
  const found = await filesOf(archive, span);
  const lib = await librariesAt(options.flinkLib, say);
  const folder = await mkdtemp(join(tmpdir(), "sightline-import-"));
  try {
    const folders = new Map<string, string>();
    for (const [table, paths] of found) {
      await mkdir(join(folder, table));
      // Flink reads a folder, and the archive's have files that were compacted into others.
      await Promise.all(paths.map((path, n) => symlink(resolve(path), join(folder, table, `${n}.parquet`))));
      folders.set(table, addressOf(join(folder, table)));
    }
    const env = await passwordFile(options.databaseUrl, folder);
    const scripts = [renderImport(folders, plan)];
    const code = await runSql({ lib, scripts, heapMb: options.heapMb, env, signal, said: say });
    if (code !== 0 || signal.aborted) throw new Error("nothing is in the tables: the reason is above");
    return new Map([...found].map(([table, paths]) => [table, paths.length]));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function filesOf(archive: ArchivePlace, span: Span): Promise<Map<string, string[]>> {
  const files = await openFiles(archive);
  try {
    const absence = await files.absence();
    if (absence !== undefined) throw new ConfigError([absence]);
    const current = await currentFiles(files, span);
    const found = new Map(current.filter(({ paths }) => paths.length > 0).map(({ table, paths }) => [table.name, paths]));
    if (found.size === 0) throw new Error(`${archive.url}: expected files of events, and there are none in this time`);
    return found;
  } finally {
    files.close();
  }
}
