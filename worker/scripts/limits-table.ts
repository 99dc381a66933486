import { readFileSync } from "node:fs";
import { WIRE_LIMITS } from "@sightline/client/wire";
import { CLOCK_TOLERANCE_MS } from "../src/lib/clock-tolerance.ts";

const PAGE = new URL("../../docs/collector.md", import.meta.url);
const [BEGIN, END] = ["<!-- limits: written by `npm run docs` -->\n", "<!-- end of limits -->"];

const { events, bodyBytes, eventBytes, items, position, nameLength, depth, keys, stringBytes } = WIRE_LIMITS;

const ROWS: readonly (readonly [what: string, most: string])[] = [
  ["events in one request", String(events)],
  ["bytes of a body, unpacked, and again with `common` merged into each event", number(bodyBytes)],
  ["bytes of an event, with `common` merged", number(eventBytes)],
  ["items in `items`", String(items)],
  ["`position`", number(position)],
  ["characters of `unit_id`, `item_id` and `placement`", String(nameLength)],
  ["levels in `context`, `metrics` and `payload`", String(depth)],
  ["keys in each of them", String(keys)],
  ["bytes of a string in them", number(stringBytes)],
  ["minutes that a timestamp may be ahead, unless the batch says `sent_at`", String(CLOCK_TOLERANCE_MS / 60_000)],
];

/** The text of docs/collector.md, with the table of the wire's limits as they are. */
export function collectorPage(): string {
  const page = readFileSync(PAGE, "utf8");
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`expected ${BEGIN.trim()} and ${END} in docs/collector.md`);
  return `${page.slice(0, begin + BEGIN.length)}\n${table()}\n\n${page.slice(end)}`;
}

function table(): string {
  const lines = [["what", "at most"], ...ROWS] as const;
  const widths = [0, 1].map((column) => Math.max(...lines.map((line) => (line[column] as string).length)));
  const row = (cells: readonly string[]): string => `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(" | ")} |`;
  const [head, ...rest] = lines.map(row);
  return [head, row(widths.map((width) => "-".repeat(width))), ...rest].join("\n");
}

function number(value: number): string {
  return value.toLocaleString("en-US");
}
