/** Opens DuckDB in memory: what is computed lies in files beside it, and what does not fit into its memory goes to a temporary folder. */
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";

/** How much of the machine it may have. */
export interface DuckDbLimits {
  /** Memory, MB. @default 512 */
  memoryMb?: number;
  /** @default as many as there are cores, at most 4 */
  threads?: number;
  /**
   * What it frees goes back to the system with each task, instead of staying in its allocator for the next one, beside `memoryMb`: on one core it
   * takes some more time. @default false
   */
  givesBack?: boolean;
  /** Folder of its own, which is there; it goes with the database. @default a new one among the machine's temporary files */
  folder?: string;
}

/** A database that goes when it is closed. */
export interface DuckDb {
  connection: DuckDBConnection;
  /** A folder of its own, for what does not fit into memory and for whoever has files for it. */
  folder: string;
  close(): void;
}

/** What a task may have freed before that is given back. */
const FLUSHED = "1MB";

/** Opens it. Times are UTC. Nothing is loaded from the network. */
export async function openDuckDb({
  memoryMb = 512,
  threads = Math.min(availableParallelism(), 4),
  givesBack = false,
  folder = mkdtempSync(join(tmpdir(), "sightline-duckdb-")),
}: DuckDbLimits = {}): Promise<DuckDb> {
  const instance = await DuckDBInstance.create(":memory:", {
    memory_limit: `${memoryMb}MB`,
    threads: String(threads),
    temp_directory: folder,
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
    ...(givesBack ? { allocator_flush_threshold: FLUSHED, allocator_bulk_deallocation_flush_threshold: FLUSHED } : {}),
  });
  const connection = await instance.connect();
  await connection.run("SET TimeZone = 'UTC'");
  return {
    connection,
    folder,
    close() {
      connection.closeSync();
      instance.closeSync();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
