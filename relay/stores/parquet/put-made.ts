/** Puts a file of a batch into the archive, and never takes another's of the same name for it. */
import type { ArchiveFiles } from "../archive/files.ts";
import { namesIn, splitKey } from "../archive/layout.ts";
import type { DuckDb } from "../duckdb/open.ts";
import { literal } from "../duckdb/sql.ts";
import type { Made } from "./convert.ts";

interface PutMadeOptions {
  archive: ArchiveFiles;
  duckDb: Pick<DuckDb, "connection">;
  inTurn: <T>(work: () => Promise<T>) => Promise<T>;
}

/** The archive has a file of this name with other rows: of another bus, or of this topic before it was made anew. */
export class OtherRowsError extends Error {
  override readonly name = "OtherRowsError";
}

/**
 * Puts it. One of its name is there where a store was killed behind it, and has the same rows. Rejects with an {@link OtherRowsError} where it
 * has others: to acknowledge the batch then would lose it.
 */
export async function putMade({ archive, duckDb, inTurn }: PutMadeOptions, { key, path }: Made): Promise<void> {
  if (await archive.putFile(key, path)) return;
  const listed = await archive.list(namesIn(splitKey(key)!.folder));
  const there = listed.find((file) => file.key === key);
  // It was compacted just now.
  if (there === undefined) return;
  const [copy] = await archive.locate([there]);
  if (await inTurn(() => haveSameRows(duckDb, copy!, path))) return;
  throw new OtherRowsError(
    `${archive.name}: expected ${key} to have the rows of this batch, got others: another bus writes there, or the topic was made anew. ` +
      "Give the store an empty ARCHIVE_URL; nothing of the batch is acknowledged",
  );
}

/** By what a row is of: the other columns follow from it, and a file of another version may have more or fewer of them. */
async function haveSameRows({ connection }: Pick<DuckDb, "connection">, one: string, other: string): Promise<boolean> {
  const [a, b] = [one, other].map((path) => `(SELECT event_id, "offset", published_at FROM read_parquet(${literal(path)}))`);
  const found = await connection.runAndReadAll(`SELECT 1 FROM ((${a} EXCEPT ALL ${b}) UNION ALL (${b} EXCEPT ALL ${a})) LIMIT 1`);
  return found.currentRowCount === 0;
}
