const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;

/** A table in Markdown whose columns also line up as plain text; all but the first column to the right. */
export function markdownTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(3, ...rows.map((row) => row[column]?.length ?? 0)));
  const pad = (row: readonly string[]): string =>
    line(widths.map((width, column) => (column === 0 ? (row[0] ?? "").padEnd(width) : (row[column] ?? "").padStart(width))));
  const rule = line(widths.map((width, column) => (column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)));
  const [head = [], ...body] = rows;
  return [pad(head), rule, ...body.map(pad)].join("\n");
}
