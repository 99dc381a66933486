import { once } from "node:events";
import type { Json } from "@duckdb/node-api";
import { formatNumber } from "../../lib/format-number.ts";
import { printable } from "../../lib/printable.ts";
import { readConfig } from "../../service/settings/config.ts";
import { archivePlace } from "../../stores/archive/settings.ts";
import type { Queryable, QueryResult } from "../../stores/archive/query.ts";
import { icebergPlace, TABLE_OPTION } from "../analysis/iceberg-place.ts";
import { type Command, JSON_OPTION, UsageError } from "../lib/command.ts";
import type { Io, Output } from "../lib/io.ts";
import { foreignNote } from "../store/foreign-note.ts";
import { readSpan, SPAN_OPTIONS } from "../store/span.ts";
import { cellOf, resultTable } from "./result-table.ts";

/** Rows that a table shows, at most: it is laid out as a whole. */
const MOST_ROWS = 1_000;

/** `sightline query "SQL"`: asks the archive. */
export const query: Command = {
  usage: 'sightline query "SQL" [--source parquet|iceberg] [--table TABLE] [--from TIME] [--to TIME] [--json | --csv]',
  summary:
    "runs a SELECT over the tables events, rejects and client_reports of the Parquet files at ARCHIVE_URL, or over events of an Iceberg table",
  onStack: true,
  options: {
    source: { type: "string", value: "NAME", help: "parquet (the archive) or iceberg", default: "parquet" },
    table: TABLE_OPTION,
    ...SPAN_OPTIONS,
    json: { ...JSON_OPTION, help: "the rows as JSON, a line each" },
    csv: { type: "boolean", help: "the rows as CSV, under the names of the columns" },
  },
  args: ["SQL"],
  async run({ values, args: [sql = ""], env, io }) {
    if (values["json"] === true && values["csv"] === true) throw new UsageError("expected --json or --csv, got both");
    const open = opener(values, env);
    const { queryArchive } = await import("../../stores/archive/query.ts");
    const show = values["json"] === true ? showJson : values["csv"] === true ? showCsv : showTable;
    await queryArchive(open, sql, io.stopSignal(), async (result) => {
      await show(result, io);
      io.stderr.write(foreignNote(result.foreign));
    });
    return 0;
  },
};

/** What opens the source that is named. Throws a UsageError. */
function opener(values: Record<string, unknown>, env: NodeJS.ProcessEnv): () => Promise<Queryable> {
  const span = readSpan(values, new Date());
  const table = values["table"] as string | undefined;
  if (values["source"] === "iceberg") {
    if (span.from !== undefined || span.to !== undefined)
      throw new UsageError('expected no --from or --to with --source iceberg: put WHERE "timestamp" >= … into the query');
    return async () => {
      const { openIceberg } = await import("../../stores/iceberg/open-iceberg.ts");
      return { ...(await openIceberg(icebergPlace(env, table))), foreign: 0 };
    };
  }
  if (values["source"] !== "parquet")
    throw new UsageError(`--source: expected parquet or iceberg, got ${String(values["source"])}`);
  if (table !== undefined) throw new UsageError("--table: expected --source iceberg with it");
  const { archive, service } = readConfig(env);
  return async () => {
    const { openArchive } = await import("../../stores/archive/open-archive.ts");
    return openArchive({ ...archivePlace(archive, service.dataDir), ...span });
  };
}

async function showJson({ columns, pages }: QueryResult, { stdout }: Io): Promise<void> {
  for await (const rows of pages) {
    const lines = rows.map((row) => JSON.stringify(Object.fromEntries(columns.map(({ name }, n) => [name, row[n]]))));
    await write(stdout, lines.map((line) => `${printable(line)}\n`).join(""));
  }
}

async function showCsv({ columns, pages }: QueryResult, { stdout }: Io): Promise<void> {
  await write(stdout, `${columns.map(({ name }) => csvCell(name)).join(",")}\r\n`);
  for await (const rows of pages) {
    await write(stdout, rows.map((row) => `${row.map((value) => csvCell(cellOf(value))).join(",")}\r\n`).join(""));
  }
}

async function showTable({ columns, pages }: QueryResult, { stdout, stderr }: Io): Promise<void> {
  const rows: Json[][] = [];
  for await (const page of pages) {
    rows.push(...page);
    if (rows.length > MOST_ROWS) break;
  }
  const isMore = rows.length > MOST_ROWS;
  await write(stdout, resultTable(columns, rows.slice(0, MOST_ROWS), stdout.isTTY ? stdout.columns : undefined));
  const count = isMore
    ? `the first ${formatNumber(MOST_ROWS)} rows; --json and --csv give all`
    : rows.length === 1
      ? "1 row"
      : `${formatNumber(rows.length)} rows`;
  stderr.write(`${count}\n`);
}

/** RFC 4180. */
function csvCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** No faster than the output takes it. */
async function write(out: Output, text: string): Promise<void> {
  if (text !== "" && !out.write(text)) await once(out, "drain");
}
