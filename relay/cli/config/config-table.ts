/** The settings for people: in groups, aligned, what each means in a column of its own. */
import type { ConfigRow } from "../../service/settings/config.ts";

/** A value that is longer than this has its meaning on the next line. */
const VALUE_WIDTH = 24;
/** Where a line of meaning is not broken, characters. */
const LEAST_WIDTH = 30;

/** Lines of the table, as wide as `width` characters where that is possible. */
export function configTable(rows: readonly ConfigRow[], width: number): string {
  const groups = Map.groupBy(rows, (row) => row.group);
  return [...groups].map(([title, members]) => `${title}\n${group(members, width)}`).join("\n\n");
}

function group(rows: readonly ConfigRow[], width: number): string {
  const names = Math.max(...rows.map(({ name }) => name.length));
  const values = Math.min(VALUE_WIDTH, Math.max(...rows.map(({ value }) => shown(value).length)));
  const indent = " ".repeat(names + values + 6);
  return rows
    .map(({ name, value, set, doc }) => {
      const head = `${set ? "*" : " "} ${name.padEnd(names)}  ${shown(value).padEnd(values)}`;
      const lines = broken(doc, Math.max(LEAST_WIDTH, width - indent.length));
      const first = shown(value).length > values ? `${head}\n${indent}` : `${head}  `;
      return first + lines.join(`\n${indent}`);
    })
    .join("\n");
}

function shown(value: string): string {
  return value === "" ? "-" : value;
}

/** Breaks a text between words. */
function broken(text: string, width: number): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1) ?? "";
    if (line === "") lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines;
}
