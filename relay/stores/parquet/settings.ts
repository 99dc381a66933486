/** Settings of `sightline store parquet`. */
import { DAY_SECONDS } from "../../lib/day.ts";
import { count, type Options, setting, text } from "../../lib/settings.ts";

export const parquetStoreSettings = {
  group: setting(
    "STORE_PARQUET_GROUP",
    text.prefault("sightline-parquet").describe("group under which sightline store parquet subscribes, on every bus"),
  ),
  batchRows: setting(
    "STORE_PARQUET_BATCH_ROWS",
    count(40_000, 1, 1_000_000).describe(
      "records of a batch of one partition, at most; a batch is a file for each hour that it has",
    ),
  ),
  batchMb: setting(
    "STORE_PARQUET_BATCH_MB",
    count(48, 1, 1_024).describe("megabytes of JSON in a batch, at most, unless one record alone has more"),
  ),
  batchSeconds: setting(
    "STORE_PARQUET_BATCH_SECONDS",
    count(60, 1, DAY_SECONDS).describe("seconds that a record waits for others, at most, before its batch is written"),
  ),
  memoryMb: setting("STORE_PARQUET_MEMORY_MB", count(128, 64, 65_536).describe("megabytes of memory for DuckDB in the store")),
  threads: setting("STORE_PARQUET_THREADS", count(1, 1, 64).describe("threads of DuckDB in the store")),
  port: setting(
    "STORE_PARQUET_PORT",
    count(0, 0, 65_535).describe(
      "port at which a running store tells how it stands, at /metrics, /health and /readyz of RELAY_HOST; 0: none",
    ),
  ),
  compactMinutes: setting(
    "STORE_PARQUET_COMPACT_MINUTES",
    count(15, 0, 1_440).describe("minutes between two looks for hours to compact; 0: the store compacts nothing"),
  ),
};

/** Their values. */
export type ParquetStoreSettings = Options<typeof parquetStoreSettings>;
