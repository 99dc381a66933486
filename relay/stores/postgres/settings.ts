/** Settings of `sightline store postgres`. */
import { DAY_SECONDS } from "../../lib/day.ts";
import { outboxSettings } from "../../eventbus/outbox/settings.ts";
import { count, type Options, setting, text } from "../../lib/settings.ts";

export const postgresStoreSettings = {
  databaseUrl: outboxSettings.databaseUrl,
  group: setting(
    "STORE_POSTGRES_GROUP",
    text.prefault("sightline-postgres").describe("group under which sightline store postgres subscribes, on every bus"),
  ),
  batchSize: setting(
    "STORE_POSTGRES_BATCH_SIZE",
    count(5_000, 1, 50_000).describe("events of a transaction, at most; twice as many are held in memory"),
  ),
  lingerMs: setting(
    "STORE_POSTGRES_LINGER_MS",
    count(500, 0, DAY_SECONDS * 1_000).describe("milliseconds that events wait for others, at most, before they are written"),
  ),
  port: setting(
    "STORE_POSTGRES_PORT",
    count(0, 0, 65_535).describe(
      "port at which a running store tells how it stands, at /metrics, /health and /readyz of RELAY_HOST; 0: none",
    ),
  ),
  retentionDays: setting(
    "RETENTION_DAYS",
    count(90, 1, 36_500).describe(
      "days for which Postgres keeps a day of events, counted from when the collector had the last of them",
    ),
  ),
};

/** Their values. */
export type PostgresStoreSettings = Options<typeof postgresStoreSettings>;
