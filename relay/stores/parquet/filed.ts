/** Where a record of a batch belongs: computed once, as it is read. A condition on the envelope would be asked again for each hour that a batch has. */
import type { Table } from "../columns/column.ts";
import { TABLES } from "../columns/tables.ts";
import { valueAt } from "../duckdb/envelopes.ts";
import { isRowOf } from "../duckdb/from-envelope.ts";
import type { Derived } from "../duckdb/load-records.ts";
import { literal } from "../duckdb/sql.ts";

export const HOUR_MS = 3_600_000;

/**
 * `of_table`: the table that it is a row of; nothing where it is no event. `of_hour`: hours from 1970 on, or before it, of the time that it is
 * filed under.
 */
export const FILED: Derived = {
  types: { of_table: "VARCHAR", of_hour: "BIGINT" },
  select(relation) {
    const tables = TABLES.map((table) => `WHEN ${isRowOf([table])} THEN ${literal(table.name)}`);
    const hours = TABLES.map((table) => `WHEN ${literal(table.name)} THEN ${hourOf(table)}`);
    return `SELECT *, CASE of_table ${hours.join(" ")} END FROM (SELECT *, CASE ${tables.join(" ")} END AS of_table FROM ${relation})`;
  },
};

/** By the sender's time, which no retry changes, or the next one that there is of a time that a folder can be called by. */
function hourOf({ columns }: Table): string {
  const times = ["timestamp", "occurred_at", "received_at"].flatMap((name) => {
    const path = columns.find((column) => column.name === name)?.path;
    return path === undefined ? [] : [valueAt(path)];
  });
  const usual = times.map(
    (time) =>
      `CASE WHEN ${time} BETWEEN TIMESTAMPTZ '0001-01-01 00:00:00Z' AND TIMESTAMPTZ '9999-12-31 23:59:59Z' THEN ${time} END`,
  );
  return `floor(epoch_ms(coalesce(${[...usual, "published_at"].join(", ")})) / ${HOUR_MS})::BIGINT`;
}
