/** Settings of `sightline outbox`. */
import { z } from "zod";
import { DAY_SECONDS } from "../../lib/day.ts";
import { count, type Options, setting } from "../../lib/settings.ts";

export const outboxSettings = {
  databaseUrl: setting(
    "DATABASE_URL",
    z
      .string()
      .regex(/^postgres(ql)?:\/\//, "expected an address that begins with postgres://")
      .optional()
      .describe(
        "the Postgres that has the outbox, or that events are stored in; required for sightline outbox and sightline store postgres; secret",
      ),
    { secret: true },
  ),
  workers: setting(
    "OUTBOX_WORKERS",
    count(2, 1, 64).describe("workers of a process of sightline outbox, each with a connection"),
  ),
  batchSize: setting("OUTBOX_BATCH_SIZE", count(100, 1, 1_000).describe("events that a worker claims at a time")),
  pollMs: setting(
    "OUTBOX_POLL_MS",
    count(1_000, 10, DAY_SECONDS * 1_000).describe(
      "milliseconds after which a worker looks for events that no NOTIFY told it of",
    ),
  ),
  claimMs: setting(
    "OUTBOX_CLAIM_MS",
    count(60_000, 100, DAY_SECONDS * 1_000).describe(
      "milliseconds after which Postgres takes from a worker that hangs what it has claimed; longer than a publish with its retries",
    ),
  ),
  retentionHours: setting(
    "OUTBOX_RETENTION_HOURS",
    count(24, 0, 87_600).describe("hours for which a published event stays in the table"),
  ),
};

/** Their values. */
export type OutboxSettings = Options<typeof outboxSettings>;
