import type { Client } from "pg";
import { connectPostgres } from "../../eventbus/outbox/connect.ts";
import type { OutboxSettings } from "../../eventbus/outbox/settings.ts";
import { ConfigError } from "../../lib/settings.ts";

/** The address of the outbox's Postgres. Throws a ConfigError where none is set. */
export function databaseUrlOf({ databaseUrl }: OutboxSettings): string {
  if (databaseUrl === undefined)
    throw new ConfigError(["DATABASE_URL: expected the address of the Postgres that has the outbox"]);
  return databaseUrl;
}

/** Runs `work` on a connection to the outbox's Postgres. */
export async function withDatabase<T>(settings: OutboxSettings, work: (client: Client) => Promise<T>): Promise<T> {
  const client = await connectPostgres(databaseUrlOf(settings));
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
