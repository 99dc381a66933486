/** The tables of `sightline store postgres` as a source: they are copied out, in one snapshot, into Parquet files of a temporary folder. */
import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { DuckDBConnection } from "@duckdb/node-api";
import type { Client } from "pg";
import { noPostgres } from "../../eventbus/outbox/no-postgres.ts";
import { ConfigError } from "../../lib/settings.ts";
import type { Column, Table } from "../../stores/columns/column.ts";
import { EVENTS, REJECTS, TABLES } from "../../stores/columns/tables.ts";
import { literal, quoted } from "../../stores/duckdb/sql.ts";
import { type DuckDbLimits, openDuckDb } from "../../stores/duckdb/open.ts";
import { JOIN_MARGIN_MS } from "./select-events.ts";
import { NOTHING_UNREADABLE, type Selection, type Source } from "./source.ts";

interface FromPostgresOptions extends DuckDbLimits {
  /** Address with user and password. */
  databaseUrl: string;
  selection: Selection;
  /** Told which table is read. */
  onProgress?: ((text: string) => void) | undefined;
}

/** Reads them. Rejects with an Error that says what is not there. */
export async function fromPostgres({ databaseUrl, selection, onProgress, ...limits }: FromPostgresOptions): Promise<Source> {
  const { pg, copy } = await drivers();
  const duckDb = await openDuckDb(limits);
  const client = new pg.Client({ connectionString: databaseUrl, application_name: "sightline verify" });
  // Without a listener an error of the connection ends the process; whoever waits for it is told in any case.
  client.on("error", () => {});
  try {
    await client.connect().catch((cause: NodeJS.ErrnoException) => {
      throw noPostgres("DATABASE_URL", databaseUrl, cause);
    });
    // Times as DuckDB reads them, and fractions to their last digit, whatever the database's settings are.
    await client.query("SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'; SET extra_float_digits = 3");
    await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    await checkTables(client);
    for (const table of TABLES) {
      onProgress?.(`reads exp.${table.name}`);
      const file = join(duckDb.folder, `${table.name}.csv`);
      const query = `COPY (${selectOf(table, selection)}) TO STDOUT (FORMAT csv, NULL '\\N')`;
      await pipeline(client.query(copy.to(query)), createWriteStream(file));
      await load(duckDb.connection, duckDb.folder, table);
      await rm(file);
    }
    const { host, pathname } = new URL(databaseUrl);
    return {
      name: `postgres (${host}${pathname})`,
      connection: duckDb.connection,
      folder: duckDb.folder,
      unreadable: NOTHING_UNREADABLE,
      deadLetters: undefined,
      close: () => duckDb.close(),
    };
  } catch (error) {
    duckDb.close();
    throw error;
  } finally {
    await client.end().catch(() => {});
  }
}

async function drivers() {
  try {
    const [pg, copy] = await Promise.all([import("pg"), import("pg-copy-streams")]);
    return { pg: pg.default, copy };
  } catch {
    throw new ConfigError(["--source postgres needs packages: npm install pg pg-copy-streams"]);
  }
}

async function checkTables(client: Client): Promise<void> {
  const names = TABLES.map(({ name }) => `exp.${name}`);
  const { rows } = await client.query<{ name: string }>(
    "SELECT name FROM unnest($1::text[]) AS name WHERE to_regclass(name) IS NULL",
    [names],
  );
  const missing = rows.map(({ name }) => name);
  if (missing.length > 0)
    throw new Error(`DATABASE_URL: expected the tables of sightline store postgres, and there is no ${missing.join(", ")}`);
}

/** As much as select-events.ts looks at. */
function selectOf(table: Table, { from, to, tenant }: Selection): string {
  const time = table === REJECTS ? "occurred_at" : `"timestamp"`;
  const margin = table === EVENTS ? JOIN_MARGIN_MS : 0;
  const conditions = [
    ...(from === undefined ? [] : [`${time} >= ${at(from, -margin)}`]),
    ...(to === undefined ? [] : [`${time} < ${at(to, margin)}`]),
    // A backslash is none in a literal, whatever the database's settings are.
    ...(tenant === undefined ? [] : [`tenant_id = E${literal(tenant.replaceAll("\\", "\\\\"))}`]),
  ];
  const columns = table.columns.map(({ name }) => quoted(name)).join(", ");
  return `SELECT ${columns} FROM exp.${table.name}${conditions.length === 0 ? "" : ` WHERE ${conditions.join(" AND ")}`}`;
}

function at(bound: Date, shift: number): string {
  return `timestamptz ${literal(new Date(bound.getTime() + shift).toISOString())}`;
}

/** Makes the relation of the copied rows. */
async function load(connection: DuckDBConnection, folder: string, { name, columns }: Table): Promise<void> {
  const read = columns.map(
    (column) => `${literal(column.name)}: ${literal(shapeOf(column) === undefined ? column.duckdb : "VARCHAR")}`,
  );
  const csv = `read_csv(${literal(join(folder, `${name}.csv`))}, columns = {${read.join(", ")}}, header = false, auto_detect = false,
    delim = ',', quote = '"', escape = '"', new_line = '\\n', nullstr = '\\N', max_line_size = 16777216)`;
  const typed = columns.map((column) => {
    const shape = shapeOf(column);
    const value = shape === undefined ? quoted(column.name) : `from_json(${quoted(column.name)}, ${literal(shape)})`;
    return `${value}::${column.duckdb} AS ${quoted(column.name)}`;
  });
  const parquet = literal(join(folder, `${name}.parquet`));
  await connection.run(`COPY (SELECT ${typed.join(", ")} FROM ${csv}) TO ${parquet} (FORMAT parquet)`);
  await connection.run(`CREATE VIEW ${quoted(name)} AS SELECT * FROM read_parquet(${parquet})`);
}

/** The structure of a list, as from_json takes it: Postgres has it as JSON. Undefined for anything else. */
function shapeOf({ duckdb }: Column): string | undefined {
  const [, item, members] = /^(STRUCT\((.+)\)|\w+)\[\]$/.exec(duckdb) ?? [];
  if (item === undefined) return undefined;
  if (members === undefined) return JSON.stringify([item]);
  return JSON.stringify([Object.fromEntries(members.split(", ").map((member) => member.split(" ")))]);
}
