/** Iceberg tables as pyiceberg writes them: the library itself, from PyPI. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { pythonWith } from "../../../services/python-packages.ts";

const VERSION = "0.12.0";
const PROGRAM = fileURLToPath(new URL("write-iceberg.py", import.meta.url));
const run = promisify(execFile);

interface Given {
  /** Name of the catalog, and its properties: `uri`, `warehouse`, and how an object store is reached. */
  name: string;
  properties: Record<string, string>;
  /** In the namespace raw. */
  table: string;
  /** Parquet files, each of which becomes a snapshot. */
  files: readonly string[];
  /** New names of columns by their old ones. */
  rename?: Record<string, string>;
}

/** The path of a python3 with pyiceberg, or the reason why there is none; with SIGHTLINE_REQUIRE_SERVICES=1 an error then. */
export async function pyiceberg(): Promise<{ python: string } | { missing: string }> {
  try {
    return { python: await pythonWith(`pyiceberg-${VERSION}`, [`pyiceberg[sql-sqlite,pyarrow]==${VERSION}`]) };
  } catch (error) {
    if (process.env["SIGHTLINE_REQUIRE_SERVICES"] === "1") throw error;
    return { missing: `pyiceberg cannot be had here: ${(error as Error).message.split("\n", 1)[0]}` };
  }
}

/** Resolves with the location of the table's metadata. */
export async function writeIceberg(python: string, given: Given): Promise<string> {
  const { stdout } = await run(python, [PROGRAM, JSON.stringify(given)]);
  return stdout.trim();
}
