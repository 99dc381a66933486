/** Catalogs of Iceberg's JdbcCatalog, as Flink, Spark and pyiceberg share them: a table `iceberg_tables` in Postgres or in an SQLite file. */
import { existsSync } from "node:fs";
import { connectPostgres } from "../../eventbus/outbox/connect.ts";
import { noPostgres } from "../../eventbus/outbox/no-postgres.ts";
import { NoTable } from "./no-table.ts";

interface Wanted {
  /** Address of the Postgres, or path of the file. */
  catalog: string;
  /** @default the only one that has the table */
  name: string | undefined;
  namespace: string;
  table: string;
}

const FIELDS = "SELECT catalog_name AS name, metadata_location AS location FROM iceberg_tables";

/** Resolves with the location of the table's metadata. Rejects where there is none, or one in several catalogs. */
export async function askJdbcCatalog({ catalog, name, namespace, table }: Wanted): Promise<string> {
  const ask = /^postgres(?:ql)?:/.test(catalog) ? askPostgres : askFile;
  const rows = await ask(catalog, namespace, table);
  const found = rows.filter((row) => name === undefined || row.name === name);
  const what = `${namespace}.${table}${name === undefined ? "" : ` of the catalog ${name}`}`;
  if (found.length > 1)
    throw new Error(`ICEBERG_CATALOG_NAME: expected one of ${found.map((row) => row.name).join(", ")}: each has a table ${what}`);
  const [row] = found;
  if (row === undefined) throw new NoTable(`ICEBERG_CATALOG: expected a table ${what}, and there is none`);
  return row.location;
}

interface Row {
  name: string;
  location: string;
}

async function askPostgres(address: string, namespace: string, table: string): Promise<Row[]> {
  const client = await connectPostgres(address).catch((cause: NodeJS.ErrnoException) => {
    throw noPostgres("ICEBERG_CATALOG", address, cause);
  });
  try {
    const { rows } = await client.query<Row>(`${FIELDS} WHERE table_namespace = $1 AND table_name = $2 ORDER BY name`, [
      namespace,
      table,
    ]);
    return rows;
  } catch (error) {
    throw noCatalog(error);
  } finally {
    await client.end().catch(() => {});
  }
}

async function askFile(path: string, namespace: string, table: string): Promise<Row[]> {
  if (!existsSync(path)) throw new Error(`ICEBERG_CATALOG: expected an address, or an SQLite file that is there, got ${path}`);
  const { DatabaseSync } = await import("node:sqlite");
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    return db
      .prepare(`${FIELDS} WHERE table_namespace = ? AND table_name = ? ORDER BY name`)
      .all(namespace, table) as unknown as Row[];
  } catch (error) {
    throw noCatalog(error);
  } finally {
    db.close();
  }
}

function noCatalog(cause: unknown): Error {
  return new NoTable(`ICEBERG_CATALOG: expected the table iceberg_tables of a JdbcCatalog: ${(cause as Error).message}`, {
    cause,
  });
}
