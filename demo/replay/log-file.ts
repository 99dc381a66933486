/** Reads a log of the Open Bandit Dataset strictly: header and every row are checked before anything is made of them. */
import { createReadStream } from "node:fs";
import { type CsvError, parse } from "csv-parse";

/** The columns, in this order. */
export const COLUMNS = [
  "timestamp",
  "item_id",
  "position",
  "click",
  "propensity_score",
  "user_feature_0",
  "user_feature_1",
  "user_feature_2",
  "user_feature_3",
] as const;

/** Bad rows that are named before the reading is given up. */
const NAMED = 5;

/** One impression that was served to a real user. */
export interface LogRow {
  /** When, ISO 8601 UTC with microseconds. */
  timestamp: string;
  itemId: string;
  /** From 1. */
  position: number;
  clicked: boolean;
  /** Probability with which the policy chose the item for the position. */
  propensity: number;
  /** The four hashed features of the user. */
  features: string[];
}

/** The file is no such log; the message says where, what was expected and what was got. */
export class LogError extends Error {
  override readonly name = "LogError";
}

/** Reads the whole file. Throws a {@link LogError}. */
export async function readLog(file: string): Promise<LogRow[]> {
  const rows: LogRow[] = [];
  const problems: string[] = [];
  let seen = false;
  try {
    const source = createReadStream(file);
    const parser = parse({ bom: true, info: true, relax_column_count: true, skip_empty_lines: true });
    source.on("error", (error) => parser.destroy(error));
    for await (const { record, info } of source.pipe(parser) as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
      if (!seen) checkHeader(file, record);
      else {
        const row = readRow(record);
        if (typeof row === "string") problems.push(`${file}, line ${info.lines}: ${row}`);
        else rows.push(row);
      }
      seen = true;
      if (problems.length >= NAMED) break;
    }
  } catch (error) {
    if (error instanceof LogError) throw error;
    const what = explain(file, error as CsvError);
    const expected = seen ? [] : [`  expected: ${COLUMNS.join(",")}`];
    throw new LogError([...problems, what, ...expected].join("\n"), { cause: error });
  }
  if (!seen) checkHeader(file, []);
  if (problems.length > 0) throw new LogError(problems.join("\n"));
  if (rows.length === 0) throw new LogError(`${file}: rows were expected, got the header alone`);
  return rows;
}

function checkHeader(file: string, got: string[]): void {
  if (got.length === COLUMNS.length && COLUMNS.every((name, i) => got[i] === name)) return;
  throw new LogError(
    `${file}: other columns\n  expected: ${COLUMNS.join(",")}\n  got:      ${got.join(",") || "(an empty file)"}`,
  );
}

/** The row, or what is wrong with it. */
function readRow(record: string[]): LogRow | string {
  if (record.length !== COLUMNS.length) return `${COLUMNS.length} columns were expected, got ${record.length}`;
  const [time = "", itemId = "", position = "", click = "", propensity = "", ...features] = record;
  const timestamp = readTimestamp(time);
  const bad = (column: number, expected: string) =>
    `${COLUMNS[column]}: ${expected} was expected, got ${JSON.stringify(record[column])}`;
  if (timestamp === undefined) return bad(0, "a time such as 2019-11-24 00:01:03.979311+00:00");
  if (itemId === "" || itemId.length > 256) return bad(1, "an id of 1 to 256 characters");
  if (!/^[1-9]\d{0,8}$/.test(position)) return bad(2, "a whole number from 1");
  if (click !== "0" && click !== "1") return bad(3, "0 or 1");
  if (!/^\d/.test(propensity) || !(Number(propensity) > 0 && Number(propensity) < 1)) return bad(4, "a number between 0 and 1");
  const empty = features.indexOf("");
  if (empty !== -1) return bad(5 + empty, "a hashed feature");
  return { timestamp, itemId, position: Number(position), clicked: click === "1", propensity: Number(propensity), features };
}

/** The log's time as ISO 8601; its writer leaves the fraction out where it is zero. */
function readTimestamp(text: string): string | undefined {
  const [, date, time, fraction = ""] = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?\+00:00$/.exec(text) ?? [];
  if (date === undefined) return undefined;
  const parsed = new Date(`${date}T${time}Z`);
  const exists = !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(`${date}T${time}`);
  return exists ? `${date}T${time}.${fraction.padEnd(6, "0")}Z` : undefined;
}

function explain(file: string, error: CsvError | NodeJS.ErrnoException): string {
  const code: string | undefined = error.code;
  if (code === "ENOENT") return `${file}: there is no such file`;
  if (code === "EISDIR") return `${file}: a file was expected, got a folder`;
  const where = "lines" in error ? `, line ${String(error["lines"])}` : "";
  return `${file}${where}: ${error.message}`;
}
