import { createReadableBus } from "../../bus/create.ts";
import { ADAPTERS } from "../../bus/settings.ts";
import { fromArchive } from "../../analysis/sources/from-archive.ts";
import { fromIceberg } from "../../analysis/sources/from-iceberg.ts";
import { fromPostgres } from "../../analysis/sources/from-postgres.ts";
import { fromBus } from "../../analysis/sources/from-bus.ts";
import type { Selection, Source } from "../../analysis/sources/source.ts";
import { formatNumber } from "../../lib/format-number.ts";
import { readConfig } from "../../service/settings/config.ts";
import { archivePlace } from "../../stores/archive/settings.ts";
import { ConfigError } from "../../lib/settings.ts";
import { type Option, UsageError } from "../lib/command.ts";
import { SPAN_OPTIONS } from "../store/span.ts";
import { icebergPlace, TABLE_OPTION } from "./iceberg-place.ts";

const BUSES = ADAPTERS.flatMap(({ names }) => names);

/** What is read, and which part of it: the same of every command that reads events. */
export const SOURCE_OPTIONS = {
  source: {
    type: "string",
    value: "NAME",
    help: "parquet (the archive), postgres, iceberg, or the name of a bus, such as local or kafka; otherwise the bus of the settings",
  },
  table: TABLE_OPTION,
  from: { ...SPAN_OPTIONS.from, help: "events from this time on, by their timestamp: 2h or 7d before now, or 2026-01-31T10:00Z" },
  to: { ...SPAN_OPTIONS.to, help: "events before this time" },
  tenant: { type: "string", value: "T", help: "events of this tenant only" },
} satisfies Record<string, Option>;

interface OpenSourceOptions {
  /** Value of `--source`. */
  name: string | undefined;
  /** Value of `--table`. */
  table?: string | undefined;
  selection: Selection;
  env: NodeJS.ProcessEnv;
  onProgress: (text: string) => void;
}

/** Opens what `--source` names. Rejects with an Error that says what is not there. */
export async function openSource({ name, table, selection, env, onProgress }: OpenSourceOptions): Promise<Source> {
  if (table !== undefined && name !== "iceberg") throw new UsageError("--table: expected --source iceberg with it");
  if (name === "parquet") {
    const { archive, service } = readConfig(env);
    onProgress("opens the archive");
    return fromArchive(archivePlace(archive, service.dataDir), selection);
  }
  if (name === "iceberg") {
    onProgress("opens the table");
    return fromIceberg(icebergPlace(env, table));
  }
  if (name === "postgres") {
    const { databaseUrl } = readConfig(env).postgresStore;
    if (databaseUrl === undefined)
      throw new ConfigError(["DATABASE_URL: expected the address of the Postgres that sightline store postgres fills"]);
    return fromPostgres({ databaseUrl, selection, onProgress });
  }
  if (name !== undefined && !(BUSES as string[]).includes(name))
    throw new UsageError(`--source: expected parquet, postgres, iceberg or one of ${BUSES.join(", ")}, got ${name}`);
  const { bus: chosen } = readConfig(name === undefined ? env : { ...env, EVENT_PUBLISHER: name });
  const absence = chosen.adapter.absence?.(chosen.place);
  if (absence !== undefined) throw new Error(absence);
  const bus = await createReadableBus(chosen);
  try {
    return await fromBus({
      bus,
      topics: chosen.topics,
      selection,
      onProgress: (read) => onProgress(`read ${formatNumber(read)} records`),
    });
  } finally {
    await bus.close();
  }
}
