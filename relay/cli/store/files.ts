import { TABLES } from "../../stores/columns/tables.ts";
import { isForeign, namesOf } from "../../stores/archive/layout.ts";
import { hoursOf } from "../../stores/archive/manifest.ts";
import { openFiles } from "../../stores/archive/open-files.ts";
import { archivePlace } from "../../stores/archive/settings.ts";
import { formatNumber } from "../../lib/format-number.ts";
import { printable } from "../../lib/printable.ts";
import { ConfigError } from "../../lib/settings.ts";
import { readConfig } from "../../service/settings/config.ts";
import { type Command, JSON_OPTION, UsageError } from "../lib/command.ts";
import { jsonLine } from "../lib/json-line.ts";
import { foreignNote } from "./foreign-note.ts";
import { SPAN_OPTIONS, readSpan } from "./span.ts";

/** `sightline store files`: what another reader of the archive has to read. */
export const files: Command = {
  usage: "sightline store files [--table events] [--from T] [--to T] [--json]",
  summary: "prints the Parquet files of a table that count now, a line each, for readers other than sightline query",
  onStack: true,
  options: {
    table: { type: "string", value: "T", default: "events", help: `one of ${TABLES.map(({ name }) => name).join(", ")}` },
    ...SPAN_OPTIONS,
    json: { ...JSON_OPTION, help: "a line of JSON for each on stdout" },
  },
  async run({ values, env, io }) {
    const table = TABLES.find(({ name }) => name === values["table"]);
    if (table === undefined)
      throw new UsageError(
        `--table: expected one of ${TABLES.map(({ name }) => name).join(", ")}, got ${String(values["table"])}`,
      );
    const span = readSpan(values, new Date());
    const { archive, service } = readConfig(env);
    const place = await openFiles(archivePlace(archive, service.dataDir));
    try {
      const absence = await place.absence();
      if (absence !== undefined) throw new ConfigError([absence]);
      const listed = await place.list(namesOf(table, span));
      const hours = await hoursOf(place, table, listed);
      const found = hours.flatMap(({ current }) => current);
      const base = place.name.endsWith("/") ? place.name : `${place.name}/`;
      for (const { key, bytes } of found) {
        io.stdout.write(values["json"] === true ? jsonLine({ file: base + key, bytes }) : `${printable(base + key)}\n`);
      }
      const bytes = found.reduce((sum, file) => sum + file.bytes, 0);
      io.stderr.write(`${formatNumber(found.length)} files, ${formatNumber(bytes)} bytes\n`);
      io.stderr.write(foreignNote(listed.filter(({ key }) => isForeign(table, key)).length));
      return 0;
    } finally {
      place.close();
    }
  },
};
