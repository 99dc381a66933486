/**
 * A log of the Open Bandit Dataset, read row by row, so that its size does not matter, and twice: first header and every row are checked,
 * and only then anything is made of them.
 */
import { createReadStream, type Stats } from "node:fs";
import { stat } from "node:fs/promises";
import { type CsvError, parse } from "csv-parse";
import { COLUMNS, findColumns, type LogColumns } from "./log-columns.ts";
import { type LogRow, readRow } from "./log-row.ts";

/** Bad rows that are named before the reading is given up. */
const NAMED = 5;

/** A log that was checked. */
export interface LogFile {
  rows: number;
  clicks: number;
  /** Its rows in their order, as often as it is called. Throws a {@link LogError} where the file is not any more what was checked. */
  read(): AsyncGenerator<LogRow>;
}

/** The file is no such log; the message says where, what it expected and what it got. */
export class LogError extends Error {
  override readonly name = "LogError";
}

/** A record, and where in the file it ends. */
interface LogLine {
  record: string[];
  info: { lines: number; bytes: number };
}

/** Checks the whole file. `onProgress` is told how many of the file's bytes are checked. Throws a {@link LogError}. */
export async function checkLog(file: string, onProgress?: (bytes: number, size: number) => void): Promise<LogFile> {
  const checked = await statFile(file);
  const problems: string[] = [];
  let rows = 0;
  let clicks = 0;
  try {
    for await (const { row, line, bytes } of readRows(file)) {
      rows++;
      if (typeof row !== "string") clicks += Number(row.clicked);
      else problems.push(`${file}, line ${line}: ${row}`);
      if (problems.length >= NAMED) break;
      onProgress?.(bytes, checked.size);
    }
  } catch (error) {
    throw new LogError([...problems, (error as Error).message].join("\n"), { cause: error });
  }
  if (problems.length > 0) throw new LogError(problems.join("\n"));
  onProgress?.(checked.size, checked.size);
  if (rows === 0) throw new LogError(`${file}: expected rows, got the header alone`);

  async function* read(): AsyncGenerator<LogRow> {
    if (!isSame(checked, await statFile(file))) throw changed(file);
    for await (const { row, line } of readRows(file)) {
      if (typeof row === "string") throw changed(file, `, line ${line}: ${row}`);
      yield row;
    }
    if (!isSame(checked, await statFile(file))) throw changed(file);
  }
  return { rows, clicks, read };
}

async function* readRows(file: string): AsyncGenerator<{ row: LogRow | string; line: number; bytes: number }> {
  let columns: LogColumns | undefined;
  const source = createReadStream(file);
  try {
    const parser = parse({ bom: true, info: true, relax_column_count: true, skip_empty_lines: true });
    source.on("error", (error) => parser.destroy(error));
    for await (const { record, info } of source.pipe(parser) as AsyncIterable<LogLine>) {
      if (columns) yield { row: readRow(record, columns), line: info.lines, bytes: info.bytes };
      else columns = columnsOf(file, record);
    }
  } catch (error) {
    if (error instanceof LogError) throw error;
    const expected = columns ? [] : [`  expected: ${COLUMNS.join(",")}`];
    throw new LogError([explain(file, error as CsvError), ...expected].join("\n"), { cause: error });
  } finally {
    source.destroy();
  }
  if (!columns) columnsOf(file, []);
}

function columnsOf(file: string, header: string[]): LogColumns {
  const columns = findColumns(header);
  if (typeof columns === "string") throw new LogError(`${file}: ${columns}`);
  return columns;
}

async function statFile(file: string): Promise<Stats> {
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => {
    throw new LogError(explain(file, error), { cause: error });
  });
  if (found.isFile()) return found;
  const got = found.isDirectory() ? "a folder" : "a pipe or a device, which cannot be read twice";
  throw new LogError(`${file}: expected a file, got ${got}`);
}

function isSame(one: Stats, other: Stats): boolean {
  return one.ino === other.ino && one.size === other.size && one.mtimeMs === other.mtimeMs;
}

function changed(file: string, what = ""): LogError {
  return new LogError(`${file}${what}: expected the file as it was checked, and it changed while it was sent`);
}

function explain(file: string, error: CsvError | NodeJS.ErrnoException): string {
  const code: string | undefined = error.code;
  if (code === "ENOENT") return `${file}: there is no such file`;
  const where = "lines" in error ? `, line ${String(error["lines"])}` : "";
  return `${file}${where}: ${error.message}`;
}
