/** Makes the schema `exp`, its tables and views, and brings those of older versions up to date. */
import { fileURLToPath } from "node:url";
import type { Client } from "pg";
import { ConfigError } from "../../lib/settings.ts";

const MIGRATIONS = fileURLToPath(new URL("migrations", import.meta.url));

/**
 * Runs the migrations that are missing, all or none; resolves with their names. Several that start at once wait for each other. The role needs CREATE on
 * the database only where the schema is not there, and to own it where it is. Rejects as Postgres does.
 */
export async function migrateStore(client: Client): Promise<string[]> {
  const { runner } = await import("node-pg-migrate").catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new ConfigError(["sightline store postgres needs packages: npm install pg pg-copy-streams node-pg-migrate"]);
  });
  // IF NOT EXISTS asks for the right to create it before it looks whether it is there; and two that create it at once fail.
  const { rows } = await client.query("SELECT 1 FROM pg_namespace WHERE nspname = 'exp'");
  const ran = await runner({
    dbClient: client,
    dir: MIGRATIONS,
    direction: "up",
    schema: "exp",
    migrationsSchema: "exp",
    migrationsTable: "migrations",
    createSchema: rows.length === 0,
    createMigrationsSchema: false,
    advisoryLockMode: "wait",
    log: () => {},
  });
  return ran.map(({ name }) => name);
}
