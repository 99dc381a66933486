/** A row, and the line in which it begins. */
export interface CsvRow {
  line: number;
  cells: string[];
}

/** Reads CSV (RFC 4180); lines that are empty are no rows. Throws an Error where a quote is not closed. */
export function parseCsv(text: string): CsvRow[] {
  const rows: CsvRow[] = [];
  let cells: string[] = [];
  let line = 1;
  let start = 1;
  // A cell, in quotes or not, and what ends it.
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/gy;
  const body = text.replace(/^\uFEFF/, "");
  while (cell.lastIndex < body.length || cells.length > 0) {
    const found = cell.exec(body);
    if (found === null)
      throw new Error(`line ${line}: expected cells between commas, with quotes around the whole of one or none`);
    const [whole, inQuotes, plain = "", end] = found;
    cells.push(inQuotes === undefined ? plain : inQuotes.replaceAll('""', '"'));
    line += whole.split("\n").length - 1;
    if (end === ",") continue;
    if (cells.length > 1 || cells[0] !== "") rows.push({ line: start, cells });
    cells = [];
    start = line;
    if (whole === "" && cell.lastIndex >= body.length) break;
  }
  return rows;
}
