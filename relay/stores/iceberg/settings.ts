/** Settings of Iceberg tables that are read. */
import { type Options, setting, text } from "../../lib/settings.ts";

export const icebergSettings = {
  table: setting(
    "ICEBERG_TABLE",
    text
      .optional()
      .describe(
        "the table of events: namespace.table of the catalog, or a folder or s3:// address, of the table or of one of its metadata files",
      ),
  ),
  catalog: setting(
    "ICEBERG_CATALOG",
    text
      .optional()
      .describe(
        "the catalog: postgres://… or the path of an SQLite file, as a JdbcCatalog has them, or http(s)://… of a REST catalog; unset: that of sightline stream",
      ),
    { secret: true },
  ),
  catalogName: setting(
    "ICEBERG_CATALOG_NAME",
    text.optional().describe("name of the catalog, where several share a Postgres or a file"),
  ),
  warehouse: setting(
    "ICEBERG_WAREHOUSE",
    text
      .optional()
      .describe("warehouse that a REST catalog is asked for; unset: STREAM_WAREHOUSE, where STREAM_CATALOG_URL is the catalog"),
  ),
  token: setting("ICEBERG_TOKEN", text.optional().describe("bearer token for a REST catalog"), { secret: true }),
};

/** Their values. */
export type IcebergOptions = Options<typeof icebergSettings>;
