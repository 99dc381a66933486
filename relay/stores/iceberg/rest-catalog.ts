/** REST catalogs, such as Cloudflare's R2 Data Catalog (https://iceberg.apache.org/rest-catalog-spec/). */
import { z } from "zod";
import { NoTable } from "./no-table.ts";
import type { ObjectStore } from "./files.ts";

interface Wanted {
  /** Address of the catalog, without /v1. */
  catalog: string;
  /** @default the catalog's own */
  warehouse: string | undefined;
  /** @default none */
  token: string | undefined;
  namespace: string;
  table: string;
}

const TIMEOUT_MS = 30_000;
/** Separates the levels of a namespace in an address. */
const LEVEL = "\u001F";

const configSchema = z.object({
  defaults: z.record(z.string(), z.string()).default({}),
  overrides: z.record(z.string(), z.string()).default({}),
});
const tableSchema = z.object({ "metadata-location": z.string(), config: z.record(z.string(), z.string()).default({}) });

/** Resolves with the location of the table's metadata, and with how the catalog says that its files are reached. */
export async function askRestCatalog(wanted: Wanted): Promise<{ location: string; store: ObjectStore }> {
  const { warehouse, namespace, table } = wanted;
  const catalog = wanted.catalog.replace(/\/$/, "");
  const query = warehouse === undefined ? "" : `?warehouse=${encodeURIComponent(warehouse)}`;
  const { defaults, overrides } = await ask(`${catalog}/v1/config${query}`, wanted, configSchema);
  const prefix = overrides["prefix"] ?? defaults["prefix"];
  const levels = encodeURIComponent(namespace.replaceAll(".", LEVEL));
  const path = ["v1", ...(prefix === undefined ? [] : [prefix]), "namespaces", levels, "tables", encodeURIComponent(table)];
  const found = await ask(`${overrides["uri"] ?? catalog}/${path.join("/")}`, wanted, tableSchema);
  return { location: found["metadata-location"], store: storeOf({ ...defaults, ...found.config, ...overrides }) };
}

async function ask<T>(address: string, { token }: Wanted, schema: z.ZodType<T>): Promise<T> {
  const response = await fetch(address, {
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      // Keys for the table's files, where the catalog gives any.
      "x-iceberg-access-delegation": "vended-credentials",
    },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((cause: unknown) => {
    throw new Error(`ICEBERG_CATALOG: ${address} cannot be had: ${causeOf(cause)}`, { cause });
  });
  if (response.status === 404) throw new NoTable(`ICEBERG_CATALOG: ${address}: expected a table, and there is none`);
  if (!response.ok) throw new Error(`ICEBERG_CATALOG: ${address}: expected 200, got ${response.status}`);
  const parsed = schema.safeParse(await response.json().catch(() => undefined));
  if (!parsed.success) throw new Error(`ICEBERG_CATALOG: ${address}: expected the answer of a REST catalog of Iceberg`);
  return parsed.data;
}

function causeOf(error: unknown): string {
  const { cause, message } = error as Error & { cause?: { code?: string; message?: string } };
  return cause?.code ?? cause?.message ?? message;
}

function storeOf(config: Record<string, string>): ObjectStore {
  const [accessKeyId, secretAccessKey] = [config["s3.access-key-id"], config["s3.secret-access-key"]];
  const sessionToken = config["s3.session-token"];
  return {
    endpoint: config["s3.endpoint"],
    region: config["s3.region"] ?? config["client.region"],
    credentials:
      accessKeyId === undefined || secretAccessKey === undefined
        ? undefined
        : { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
  };
}
