import type { Json } from "@duckdb/node-api";
import type { ResultColumn } from "../../stores/archive/query.ts";
import { printable } from "../../lib/printable.ts";

const GAP = "  ";
/** A column is never made narrower. */
const LEAST = 8;

/** A value as one cell. */
export function cellOf(value: Json): string {
  if (value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Rows as lines that fit into `width` characters, as far as that can be: the widest columns are cut, with a sign. @default as wide as it is */
export function resultTable(columns: readonly ResultColumn[], rows: readonly Json[][], width = Number.POSITIVE_INFINITY): string {
  const cells = [columns.map(({ name }) => printable(name)), ...rows.map((row) => row.map((value) => printable(cellOf(value))))];
  const widths = fit(
    columns.map((_, n) => Math.max(...cells.map((row) => lengthOf(row[n]!)))),
    width,
  );
  const lines = cells.map((row) =>
    row
      .map((cell, n) => pad(cut(cell, widths[n]!), widths[n]!, columns[n]!.isNumber))
      .join(GAP)
      .trimEnd(),
  );
  return lines.map((line) => `${line}\n`).join("");
}

function fit(widths: number[], width: number): number[] {
  const fitted = [...widths];
  const total = (): number => fitted.reduce((sum, one) => sum + one + GAP.length, -GAP.length);
  while (total() > width) {
    const widest = fitted.indexOf(Math.max(...fitted));
    if (fitted[widest]! <= LEAST) break;
    fitted[widest]!--;
  }
  return fitted;
}

const lengthOf = (text: string): number => [...text].length;

function cut(text: string, width: number): string {
  const characters = [...text];
  return characters.length <= width ? text : `${characters.slice(0, width - 1).join("")}…`;
}

function pad(text: string, width: number, toTheRight: boolean): string {
  const blanks = " ".repeat(width - lengthOf(text));
  return toTheRight ? blanks + text : text + blanks;
}
