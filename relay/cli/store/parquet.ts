import { formatNumber } from "../../lib/format-number.ts";
import { readConfig } from "../../service/settings/config.ts";
import { archivePlace } from "../../stores/archive/settings.ts";
import type { Report } from "../../stores/parquet/write-batch.ts";
import type { Command } from "../lib/command.ts";
import { jsonLine } from "../lib/json-line.ts";
import { readRunOptions, refuseNoBus, RUN_OPTIONS, startRunning } from "./running.ts";

/** `sightline store parquet`: writes what is on the bus into Parquet files. */
export const parquet: Command = {
  usage: "sightline store parquet [--once [--patience 2m]] [--json]",
  summary: "writes the events of the bus into Parquet files by hour at ARCHIVE_URL, until SIGTERM",
  onStack: true,
  options: RUN_OPTIONS,
  async run({ values, env, io }) {
    const { once, patienceMs } = readRunOptions(values);
    const { bus, archive, parquetStore: settings, service } = readConfig(env);
    refuseNoBus(bus);
    // Loaded now: no other command has to wait for DuckDB.
    const { runParquetStore } = await import("../../stores/parquet/run.ts");
    const shown = { io, name: "parquet", deadLetters: bus.deadLetters, host: service.host, port: settings.port };
    const { standing, say, faults, stored, refused, end } = await startRunning(shown);
    const { counts } = standing;
    const report: Report = {
      ...faults,
      taken: (records) => void (counts.taken += records),
      stored(_key, rows) {
        counts.files++;
        stored(rows);
      },
      refused(record, why) {
        counts.refused++;
        refused(record, why);
      },
      compacted: (folder, { merged, rows }) => say(`${folder}: ${merged} files are one now, of ${formatNumber(rows)} rows`),
    };
    const place = archivePlace(archive, service.dataDir);
    const how = { once, patienceMs, signal: io.stopSignal(), report, onReady: standing.joined };
    try {
      await runParquetStore({ ...settings, ...how, bus, archive: place, dataDir: service.dataDir });
    } finally {
      await end();
    }
    const totals = { stored: counts.stored, files: counts.files, refused: counts.refused };
    const [rows, files, dead] = Object.values(totals).map(formatNumber);
    const text = `stored ${rows} in ${files} files, refused ${dead}\n`;
    io.stdout.write(values["json"] === true ? jsonLine(totals) : text);
    return once && counts.refused > 0 ? 1 : 0;
  },
};
