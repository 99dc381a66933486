import { formatNumber } from "../../lib/format-number.ts";
import { printable } from "../../lib/printable.ts";
import { readConfig } from "../../service/settings/config.ts";
import { archivePlace } from "../../stores/archive/settings.ts";
import { type Command, JSON_OPTION } from "../lib/command.ts";
import { jsonLine } from "../lib/json-line.ts";
import { readLength } from "../lib/read-length.ts";
import { readTime } from "../lib/since.ts";
import { readSpan, SPAN_OPTIONS } from "./span.ts";

/** `sightline store compact`: makes one file of the small ones of each hour. */
export const compact: Command = {
  usage: "sightline store compact [--from TIME] [--to TIME] [--quiet 15m] [--grace 15m] [--json]",
  summary:
    "makes one Parquet file of the small ones of each hour, beside running stores and readers; removes what earlier runs replaced",
  onStack: true,
  options: {
    ...SPAN_OPTIONS,
    quiet: {
      type: "string",
      value: "TIME",
      default: "15m",
      help: "hours that ended so long ago; into later ones more will come",
    },
    grace: {
      type: "string",
      value: "TIME",
      default: "15m",
      help: "what was replaced so long ago is removed: readers have so long",
    },
    json: JSON_OPTION,
  },
  finishes: true,
  async run({ values, env, io }) {
    const now = new Date();
    const span = readSpan(values, now);
    const endedBefore = readTime("--quiet", String(values["quiet"]), now);
    const graceMs = readLength("--grace", String(values["grace"]));
    const { archive, parquetStore, service } = readConfig(env);
    const [{ compactArchive }, { openFiles }, { openDuckDb }] = await Promise.all([
      import("../../stores/archive/compact-archive.ts"),
      import("../../stores/archive/open-files.ts"),
      import("../../stores/duckdb/open.ts"),
    ]);
    const files = await openFiles(archivePlace(archive, service.dataDir));
    const duckDb = await openDuckDb({ memoryMb: Math.max(512, parquetStore.memoryMb) });
    try {
      const onHour = (folder: string, { merged, rows, removed }: { merged: number; rows: number; removed: number }): void => {
        const what = `${merged} files are one now, of ${formatNumber(rows)} rows; ${removed} removed`;
        io.stderr.write(`${printable(folder)}: ${what}\n`);
      };
      const total = await compactArchive({ files, duckDb, span, endedBefore, graceMs, onHour });
      const text = `${formatNumber(total.merged)} files merged, ${formatNumber(total.rows)} rows, ${formatNumber(total.removed)} files removed\n`;
      io.stdout.write(values["json"] === true ? jsonLine(total) : text);
      return 0;
    } finally {
      duckDb.close();
      files.close();
    }
  },
};
