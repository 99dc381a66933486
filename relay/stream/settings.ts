/** Settings of `sightline stream`: what stands in its SQL instead of the defaults there. */
import { z } from "zod";
import { DAY_SECONDS } from "../lib/day.ts";
import { outboxSettings } from "../eventbus/outbox/settings.ts";
import { count, flag, httpUrl, type Options, setting, text } from "../lib/settings.ts";

const PLACE = /^(?:[a-z][a-z0-9+.-]*:\/\/\S+|(?!\w+:\/\/)[^\s'].*)$/;
const place = z.string().regex(PLACE, "expected the path of a folder, or an address such as s3://bucket/prefix").optional();

export const streamSettings = {
  databaseUrl: outboxSettings.databaseUrl,
  latenessDays: setting(
    "STREAM_LATENESS_DAYS",
    count(7, 1, 99).describe("days that an event may come late and still be joined by the stream job; state waits as long"),
  ),
  attributionDays: setting(
    "STREAM_ATTRIBUTION_DAYS",
    count(7, 1, 99).describe("days after an exposure in which the stream job joins an outcome to it"),
  ),
  stateDays: setting(
    "STREAM_STATE_DAYS",
    count(44, 1, 999).describe("days for which the stream job knows what it counted: 35 in which an event may come, and more"),
  ),
  checkpointSeconds: setting(
    "STREAM_CHECKPOINT_SECONDS",
    count(30, 1, DAY_SECONDS).describe("seconds between two checkpoints: readers of the sinks see events that much later"),
  ),
  checkpoints: setting(
    "STREAM_CHECKPOINTS",
    place.describe("where checkpoints are: a folder or s3://bucket/prefix; unset: stream/checkpoints in DATA_DIR"),
  ),
  parallelism: setting("STREAM_PARALLELISM", count(2, 1, 32_768).describe("slots that a stream job takes")),
  catalogUrl: setting(
    "STREAM_CATALOG_URL",
    httpUrl
      .optional()
      .describe("address of an Iceberg REST catalog, whose token is in ICEBERG_TOKEN; unset: tables are listed at DATABASE_URL"),
  ),
  warehouse: setting(
    "STREAM_WAREHOUSE",
    place.describe("where Iceberg tables are, or the warehouse's name in a REST catalog; unset: stream/warehouse in DATA_DIR"),
  ),
  attributedFiles: setting(
    "STREAM_ATTRIBUTED_FILES",
    place.describe("where the Parquet files of joined outcomes are; unset: stream/attributed in DATA_DIR"),
  ),
  passUnreadable: setting(
    "STREAM_PASS_UNREADABLE",
    flag("false").describe(
      "true: a record that is no event stops no stream job; what of it cannot be read is NULL, or it is passed over",
    ),
  ),
  heapMb: setting("STREAM_HEAP_MB", count(1_000, 512, 1_048_576).describe("heap of the JVM of sightline stream run, megabytes")),
  flinkLib: setting(
    "STREAM_FLINK_LIB",
    text.optional().describe("folder of Flink's jars and those of its connectors; unset: they are fetched once into the cache"),
  ),
};

/** Their values. */
export type StreamOptions = Options<typeof streamSettings>;
