/** Finds a table: by a catalog, or by where it is. */
import { ConfigError } from "../../lib/settings.ts";
import { type ObjectStore, openTableFiles, type TableFiles, within } from "./files.ts";
import { askJdbcCatalog } from "./jdbc-catalog.ts";
import { askRestCatalog } from "./rest-catalog.ts";
import type { IcebergOptions } from "./settings.ts";

/** Which table, and how an object store is reached where no catalog says so. */
export interface IcebergPlace extends IcebergOptions {
  store: ObjectStore;
}

/** A table that was found; whoever asked closes `files`. */
export interface FoundTable {
  /** Location of its metadata. */
  location: string;
  files: TableFiles;
}

/** Whether it is a name in a catalog, and not a place. */
export function isNamed(table: string): boolean {
  return /^[^/\\:]+$/.test(table);
}

/** Rejects where there is none, with an Error that says where it was looked for. */
export async function findTable({
  table,
  catalog,
  catalogName: name,
  warehouse,
  token,
  store,
}: IcebergPlace): Promise<FoundTable> {
  if (table === undefined) throw new ConfigError(["ICEBERG_TABLE: expected namespace.table, or where the table is; or --table"]);
  if (catalog !== undefined && isNamed(table)) {
    const dot = table.lastIndexOf(".");
    if (dot < 1) throw new ConfigError([`ICEBERG_TABLE: expected namespace.table, got ${table}`]);
    const wanted = { catalog, namespace: table.slice(0, dot), table: table.slice(dot + 1) };
    if (!/^https?:/.test(catalog)) return { location: await askJdbcCatalog({ ...wanted, name }), files: openTableFiles(store) };
    const found = await askRestCatalog({ ...wanted, warehouse, token });
    const own = Object.fromEntries(Object.entries(found.store).filter(([, value]) => value !== undefined));
    return { location: found.location, files: openTableFiles({ ...store, ...own }) };
  }
  const files = openTableFiles(store);
  try {
    return { location: table.endsWith(".metadata.json") ? table : await newestMetadata(files, table), files };
  } catch (error) {
    files.close();
    throw error;
  }
}

/** Without a catalog the newest metadata is that of the highest number; a write that failed may have left a newer one. */
async function newestMetadata(files: TableFiles, folder: string): Promise<string> {
  const names = await files.list(within(folder, "metadata")).catch((cause: unknown) => {
    throw new Error(`ICEBERG_TABLE: ${folder}: expected the folder of an Iceberg table, with metadata in it`, { cause });
  });
  const numbered = names.flatMap((name) => {
    const number = /^v?(\d+)(?:-.+)?(?:\.gz)?\.metadata\.json(?:\.gz)?$/.exec(name)?.[1];
    return number === undefined ? [] : [{ name, number: Number(number) }];
  });
  const newest = numbered.toSorted((a, b) => b.number - a.number)[0];
  if (newest === undefined)
    throw new Error(`ICEBERG_TABLE: ${folder}: expected the folder of an Iceberg table, got no metadata in it`);
  return within(within(folder, "metadata"), newest.name);
}
