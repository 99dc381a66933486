/** Makes what a job needs and no statement of it makes: topics, the tables of Postgres, and the file with its password. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createBus } from "../bus/create.ts";
import { ENVELOPE_TYPES, topicName } from "../bus/port/topics.ts";
import type { BusConfig } from "../bus/settings.ts";
import { connectPostgres } from "../eventbus/outbox/connect.ts";
import { noPostgres } from "../eventbus/outbox/no-postgres.ts";
import { sqlFile } from "./render.ts";

/** Name of the topic of joined outcomes, behind the prefix. */
const ATTRIBUTED = "rec.outcome.attributed.v1";

/** Creates the topics that are missing: those that are read, since Flink does not wait for one, and that of joined outcomes. */
export async function createTopics(config: BusConfig): Promise<void> {
  const bus = await createBus({ ...config, place: { ...config.place, slot: undefined } });
  try {
    await bus.open([...ENVELOPE_TYPES.map((type) => topicName(config.topics, type)), config.topics.prefix + ATTRIBUTED]);
  } finally {
    await bus.close();
  }
}

/** Creates the tables of the figures where they are missing. Asks for no right where they are there. */
export async function createTables(databaseUrl: string): Promise<void> {
  const client = await connectPostgres(databaseUrl).catch((cause: NodeJS.ErrnoException) => {
    throw noPostgres("DATABASE_URL", databaseUrl, cause);
  });
  try {
    const { rows } = await client.query("SELECT to_regclass('exp.stream_outcomes') AS there");
    if ((rows[0] as { there: string | null }).there === null) await client.query(sqlFile("postgres.sql"));
  } finally {
    await client.end();
  }
}

/** Writes the password of an address into a file, as libpq and the JDBC driver read it; resolves with the variable that names it. */
export async function passwordFile(databaseUrl: string | undefined, folder: string): Promise<NodeJS.ProcessEnv> {
  const password = databaseUrl === undefined ? "" : passwordOf(new URL(databaseUrl));
  if (password === "") return {};
  const file = join(folder, "pgpass");
  const escaped = password.replaceAll(/[\\:]/g, "\\$&");
  await writeFile(file, `*:*:*:*:${escaped}\n`, { mode: 0o600 });
  return { PGPASSFILE: file };
}

function passwordOf({ password, searchParams }: URL): string {
  return searchParams.get("password") ?? decodeURIComponent(password);
}
