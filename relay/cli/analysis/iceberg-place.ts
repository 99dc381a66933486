import { readConfig } from "../../service/settings/config.ts";
import type { IcebergPlace } from "../../stores/iceberg/find-table.ts";
import type { Option } from "../lib/command.ts";

/** `--table`, the same of every command that reads an Iceberg table. */
export const TABLE_OPTION = {
  type: "string",
  value: "TABLE",
  help: "of iceberg: namespace.table of the catalog, or where the table is; otherwise ICEBERG_TABLE, or sightline.events",
} satisfies Option;

/** Where the settings have the Iceberg table. What sightline stream writes is found without saying more. @param table value of `--table` */
export function icebergPlace(env: NodeJS.ProcessEnv, table: string | undefined): IcebergPlace {
  const { archive, iceberg, stream } = readConfig(env);
  return {
    ...iceberg,
    catalog: iceberg.catalog ?? stream.catalogUrl ?? stream.databaseUrl,
    warehouse: iceberg.warehouse ?? (stream.catalogUrl === undefined ? undefined : stream.warehouse),
    table: table ?? iceberg.table ?? (iceberg.catalog === undefined ? "sightline.events" : undefined),
    store: { endpoint: archive.endpoint, region: archive.region },
  };
}
