import type { DuckDBConnection } from "@duckdb/node-api";
import type { Selection } from "./source.ts";

/** Exposures so long before and after what is counted are joined too, so that the bounds tear no pair apart. */
export const JOIN_MARGIN_MS = 24 * 3_600_000;

/**
 * Creates the views that all SQL here reads: `counted_events`, `counted_rejects` and `counted_reports` have what is asked for, and `nearby_events`
 * a day more on both sides, with `is_counted`. Reports and rejects go by the time when they were made.
 */
export async function selectEvents(connection: DuckDBConnection, { from, to, tenant }: Selection): Promise<void> {
  const view = async (name: string, table: string, column: string, margin: number): Promise<void> => {
    const start = from && `"${column}" >= ${time(from, -margin)}`;
    const end = to && `"${column}" < ${time(to, margin)}`;
    const conditions = [start, end, tenant === undefined ? undefined : `tenant_id = ${text(tenant)}`].filter(Boolean);
    const where = conditions.length === 0 ? "true" : conditions.join(" AND ");
    const counted = [from && `"timestamp" >= ${time(from, 0)}`, to && `"timestamp" < ${time(to, 0)}`].filter(Boolean);
    const added = name === "nearby_events" ? `, ${counted.length === 0 ? "true" : counted.join(" AND ")} AS is_counted` : "";
    await connection.run(`CREATE OR REPLACE TEMP VIEW ${name} AS SELECT *${added} FROM ${table} WHERE ${where}`);
  };
  await view("nearby_events", "events", "timestamp", JOIN_MARGIN_MS);
  await view("counted_events", "events", "timestamp", 0);
  await view("counted_rejects", "rejects", "occurred_at", 0);
  await view("counted_reports", "client_reports", "timestamp", 0);
}

/** A view takes no parameters. */
function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

function time(at: Date, shift: number): string {
  return `TIMESTAMPTZ ${text(new Date(at.getTime() + shift).toISOString())}`;
}
