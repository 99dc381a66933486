import { join } from "node:path";
import { openArchive, type OpenArchiveOptions } from "../../stores/archive/open-archive.ts";
import { TABLES } from "../../stores/columns/tables.ts";
import { literal, quoted } from "../../stores/duckdb/sql.ts";
import { JOIN_MARGIN_MS } from "./select-events.ts";
import { NOTHING_UNREADABLE, type Selection, type Source } from "./source.ts";

/** With more files than this, which are smaller than that many bytes on average, to open each for every query takes longer than to copy them once. */
const MANY_FILES = 50;
const SMALL_FILE = 1_000_000;

/** Memory, MB: in less the joins of ten million events go by files, which takes a third longer. */
const MEMORY_MB = 600;

/** The Parquet archive as a source: only files of the hours that are asked for, and a day around them, are opened. */
export async function fromArchive(archive: OpenArchiveOptions, { from, to }: Selection): Promise<Source> {
  const opened = await openArchive({
    memoryMb: MEMORY_MB,
    ...archive,
    from: shifted(from, -JOIN_MARGIN_MS),
    to: shifted(to, JOIN_MARGIN_MS),
  });
  const { connection, folder, paths, bytes, foreign } = opened;
  try {
    if (paths.length > MANY_FILES && bytes / paths.length < SMALL_FILE) {
      for (const { name } of TABLES) {
        const file = literal(join(folder, `all-${name}.parquet`));
        await connection.run(`COPY ${quoted(name)} TO ${file} (FORMAT parquet)`);
        await connection.run(`CREATE OR REPLACE VIEW ${quoted(name)} AS SELECT * FROM read_parquet(${file})`);
      }
    }
    return {
      name: `parquet (${archive.url}${foreign === 0 ? "" : `, without ${foreign} files whose names are not those of a store's`})`,
      connection,
      folder,
      unreadable: NOTHING_UNREADABLE,
      deadLetters: undefined,
      close: () => opened.close(),
    };
  } catch (error) {
    opened.close();
    throw error;
  }
}

function shifted(at: Date | undefined, ms: number): Date | undefined {
  return at && new Date(at.getTime() + ms);
}
