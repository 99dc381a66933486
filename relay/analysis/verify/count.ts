import type { DuckDBConnection } from "@duckdb/node-api";
import { selectEvents } from "../sources/select-events.ts";
import type { Selection } from "../sources/source.ts";
import { makeFile, makeTable, makeType, makeView, type Row, rowsOfSql } from "../sql/run-sql.ts";

/** Rows of the queries of relay/analysis/sql, by the names of their files. */
export type Counts = Record<(typeof QUERIES)[number], Row[]> & {
  /** When the collector had the newest event; null where there is none. */
  asOf: Date | null;
};

interface CountOptions {
  connection: DuckDBConnection;
  /** For what is made on the way. */
  folder: string;
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
export async function count({ connection, folder, selection, surface, watermarkMs, onStep }: CountOptions): Promise<Counts> {
  // Nothing here goes by the order of rows, and keeping it costs memory.
  await connection.run("SET preserve_insertion_order = false");
  await selectEvents(connection, selection);
  const asOf = await newest(connection);
  const table = (name: string, query: string, step: string, parameters = {}): Promise<number> => {
    onStep?.(step);
    return makeTable(connection, name, query, parameters);
  };
  await table("chosen_scopes", "chosen-scopes", "looks for surfaces", { surface: surface ?? null });
  onStep?.("reads items");
  await makeFile(connection, folder, { view: "items", query: "items" });
  await table("item_groups", "item-groups", "compares decisions and exposures");
  await makeView(connection, "repeated_items", "repeated-items");
  await makeView(connection, "shown", "shown-items");
  await makeType(connection, "event_name", "event-names");
  await makeView(connection, "outcome_events", "outcome-events");
  const copies = await table("copied_outcomes", "copied-outcomes", "looks for copies of outcomes");
  await makeView(connection, "outcomes", copies === 0 ? "outcome-events" : "distinct-outcomes");
  onStep?.("joins outcomes");
  const known = { watermark_ms: watermarkMs, as_of: (asOf ?? new Date(0)).toISOString() };
  // The join holds its right side in memory, the outcomes: there are fewer of them than exposures, which is not what is estimated.
  await connection.run("SET disabled_optimizers = 'build_side_probe_side'");
  await makeFile(connection, folder, { view: "joined", query: "joined-outcomes" }, known);
  await connection.run("RESET disabled_optimizers");
  await table("orphan_items", "orphan-items", "looks for items of orphans");
  await table("request_groups", "request-groups", "looks for shared requests");
  await table("variant_lists", "variant-lists", "looks for experiments");
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
