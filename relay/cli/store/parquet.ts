import { formatNumber } from "../../lib/format-number.ts";
import { printable } from "../../lib/printable.ts";
import { createProgressLine } from "../../lib/progress-line.ts";
import { ConfigError } from "../../lib/settings.ts";
import { readConfig } from "../../service/settings/config.ts";
import { archivePlace } from "../../stores/archive/settings.ts";
import type { Part, Report } from "../../stores/parquet/sink.ts";
import { type Command, JSON_OPTION } from "../lib/command.ts";
import type { Io } from "../lib/io.ts";
import { jsonLine } from "../lib/json-line.ts";

/** `sightline store parquet`: writes what is on the bus into Parquet files. */
export const parquet: Command = {
  usage: "sightline store parquet [--once] [--json]",
  summary: "writes the events of the bus into Parquet files by hour at ARCHIVE_URL, until SIGTERM",
  onStack: true,
  options: {
    once: {
      type: "boolean",
      help: "end when all that is on the bus is there; exit code 1 where something went to the dead letters",
    },
    json: JSON_OPTION,
  },
  async run({ values, env, io }) {
    const { bus, archive, parquetStore, service } = readConfig(env);
    if (bus.disabledBy !== undefined)
      throw new ConfigError([`EVENT_PUBLISHER: expected a bus, and it is off: ${bus.disabledBy}`]);
    // Loaded now: no other command has to wait for DuckDB.
    const { runParquetStore } = await import("../../stores/parquet/run.ts");
    const once = values["once"] === true;
    const { report, totals, end } = createReport(io, bus.deadLetters);
    const place = archivePlace(archive, service.dataDir);
    const signal = io.stopSignal();
    try {
      await runParquetStore({ ...parquetStore, bus, archive: place, dataDir: service.dataDir, once, signal, report });
    } finally {
      end();
    }
    const { stored, files, refused } = totals;
    const text = `stored ${formatNumber(stored)} in ${formatNumber(files)} files, refused ${formatNumber(refused)}\n`;
    io.stdout.write(values["json"] === true ? jsonLine(totals) : text);
    return once && refused > 0 ? 1 : 0;
  },
};

/** Counts, shows how far it is, and tells of faults when they begin and when they are over, of several parts of one kind once. */
function createReport(io: Io, deadLetters: boolean) {
  const totals = { stored: 0, files: 0, refused: 0 };
  const faults = new Map<Part, number>();
  const progress = createProgressLine(io.stderr);
  const say = (line: string): void => {
    progress.clear();
    io.stderr.write(`sightline store parquet: ${printable(line)}\n`);
  };
  const report: Report = {
    stored(_key, rows) {
      totals.stored += rows;
      totals.files++;
      progress.show(`stored ${formatNumber(totals.stored)}`);
    },
    refused({ topic, partition, offset }, why) {
      totals.refused++;
      const where = deadLetters ? "and is in the dead letters" : "and is passed over";
      say(`${topic}/${partition}/${offset} cannot be stored, ${where}: ${why}`);
    },
    compacted: (folder, { merged, rows }) => say(`${folder}: ${merged} files are one now, of ${formatNumber(rows)} rows`),
    fault(part, error) {
      const open = faults.get(part) ?? 0;
      faults.set(part, Math.max(0, open + (error ? 1 : -1)));
      if (error && open === 0) say(`${part}: ${error.message.split("\n")[0]}; it is tried again, and nothing is lost`);
      if (!error && open === 1) say(`${part} is back`);
    },
  };
  return { report, totals, end: progress.clear };
}
