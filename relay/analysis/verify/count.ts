import type { DuckDBConnection } from "@duckdb/node-api";
import { selectEvents } from "../sources/select-events.ts";
import type { Selection } from "../sources/source.ts";
import { makeTable, type Row, rowsOfSql, sqlOf } from "../sql/run-sql.ts";

/** Rows of the queries of relay/analysis/sql, by the names of their files. */
export type Counts = Record<(typeof QUERIES)[number], Row[]> & {
  /** When the collector had the newest event; null where there is none. */
  asOf: Date | null;
};

interface CountOptions {
  connection: DuckDBConnection;
  selection: Selection;
  /** @default all */
  surface?: string | undefined;
  watermarkMs: number;
  /** Told what is computed now, for people. */
  onStep?: ((step: string) => void) | undefined;
}

const QUERIES = [
  "scopes",
  "events",
  "decisions",
  "decided-items",
  "exposures",
  "outcomes",
  "clicks",
  "outcome-delays",
  "bus-delays",
  "rejects",
  "shared-requests",
  "sequences",
  "variants",
  "variant-units",
  "surfaces",
] as const;

/** Runs all of them. */
export async function count({ connection, selection, surface, watermarkMs, onStep }: CountOptions): Promise<Counts> {
  // Nothing here goes by the order of rows, and keeping it costs memory.
  await connection.run("SET preserve_insertion_order = false");
  await selectEvents(connection, selection);
  await connection.run(`CREATE OR REPLACE TEMP VIEW exposed_items AS ${sqlOf("exposed-items")}`);
  const asOf = await newest(connection);
  const asOfText = (asOf ?? new Date(0)).toISOString();
  const make = async (table: string, name: string, step: string, parameters = {}): Promise<void> => {
    onStep?.(step);
    await makeTable(connection, table, name, parameters);
  };
  await make("chosen_scopes", "chosen-scopes", "looks for surfaces", { surface: surface ?? null });
  await make("outcomes", "outcome-events", "reads outcomes");
  await make("shown", "shown-items", "looks for their exposures");
  await make("joined", "joined-outcomes", "joins them", { watermark_ms: watermarkMs, as_of: asOfText });
  await connection.run("DROP TABLE outcomes");
  await connection.run("DROP TABLE shown");
  await make("shared_requests", "shared-request-keys", "looks for shared requests");
  await make("variant_lists", "variant-lists", "looks for experiments");
  const counts = { asOf } as Counts;
  for (const query of QUERIES) {
    onStep?.(`counts ${query.replaceAll("-", " ")}`);
    counts[query] = await rowsOfSql(connection, query);
  }
  return counts;
}

async function newest(connection: DuckDBConnection): Promise<Date | null> {
  const found = await connection.runAndReadAll("SELECT epoch_ms(max(received_at)) AS at FROM nearby_events");
  const at = found.getRowObjectsJS()[0]?.["at"];
  return at == null ? null : new Date(Number(at));
}
