import { formatNumber } from "../../lib/format-number.ts";
import { readConfig } from "../../service/settings/config.ts";
import { archivePlace } from "../../stores/archive/settings.ts";
import { hasSnapshot } from "../../stores/iceberg/has-snapshot.ts";
import { importArchive } from "../../stream/import.ts";
import { planOf } from "../../stream/plan.ts";
import type { Command } from "../lib/command.ts";
import { readSpan, SPAN_OPTIONS } from "../store/span.ts";
import { saying } from "./saying.ts";

/** `sightline stream import`: from the files of `sightline store parquet` to Iceberg tables. */
export const importing: Command = {
  usage: "sightline stream import [--from TIME] [--to TIME] [--append]",
  summary: "brings the files of ARCHIVE_URL into the Iceberg tables that the job tables goes on with, all of them or none",
  onStack: true,
  options: {
    ...SPAN_OPTIONS,
    append: { type: "boolean", help: "also where the table of events has rows already: what is in both is there twice" },
  },
  async run({ values, env, io }) {
    const span = readSpan(values, new Date());
    const { bus, stream, archive, iceberg, service } = readConfig(env);
    const plan = planOf(bus, stream, service.dataDir);
    const say = saying(io, "import");
    const place = {
      ...iceberg,
      table: "sightline.events",
      catalog: plan.catalogUrl ?? stream.databaseUrl,
      warehouse: stream.warehouse,
      store: { endpoint: archive.endpoint, region: archive.region },
    };
    if (values["append"] !== true && (await hasSnapshot(place)))
      throw new Error(
        "sightline.events has rows already, from an import or the job tables: --append adds those of the archive to them",
      );
    const files = await importArchive({
      archive: archivePlace(archive, service.dataDir),
      span,
      plan,
      options: stream,
      signal: io.stopSignal(),
      say,
    });
    for (const [table, count] of files)
      io.stdout.write(`sightline.${table}: ${formatNumber(count)} ${count === 1 ? "file" : "files"}\n`);
    return 0;
  },
};
