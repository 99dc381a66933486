import type { DuckDBConnection } from "@duckdb/node-api";
import { USABLE } from "./make-feedback.ts";

/** The usable rows of the table `feedback`, in its order, as columns. */
export interface FeedbackColumns {
  /** Distinct item_ids, sorted: an action is its place in here. */
  items: string[];
  actions: Int32Array;
  /** From 1. */
  positions: Int32Array;
  propensities: Float64Array;
  rewards: Float64Array;
}

/** Reads them. `rows`: how many there are. */
export async function readRows(connection: DuckDBConnection, rows: number): Promise<FeedbackColumns> {
  const named = await connection.runAndReadAll(`SELECT DISTINCT item_id FROM feedback WHERE ${USABLE}`);
  const items = named
    .getRowObjectsJS()
    .map((row) => String(row["item_id"]))
    .toSorted(byNumber);
  const places = new Map(items.map((item, n) => [item, n]));
  const [actions, positions] = [new Int32Array(rows), new Int32Array(rows)];
  const [propensities, rewards] = [new Float64Array(rows), new Float64Array(rows)];
  const result = await connection.stream(`SELECT item_id, position, propensity, reward FROM feedback WHERE ${USABLE}`);
  let n = 0;
  for await (const chunk of result.yieldRowsJs()) {
    for (const [item, position, propensity, reward] of chunk) {
      actions[n] = places.get(String(item))!;
      positions[n] = Number(position);
      propensities[n] = Number(propensity);
      rewards[n] = Number(reward);
      n++;
    }
  }
  return { items, actions, positions, propensities, rewards };
}

/** Whole numbers by their value, before all others: actions of a log that numbers its items from 0 are these numbers. */
function byNumber(a: string, b: string): number {
  const [isA, isB] = [/^\d{1,15}$/.test(a), /^\d{1,15}$/.test(b)];
  if (isA && isB) return Number(a) - Number(b) || (a < b ? -1 : 1);
  if (isA !== isB) return isA ? -1 : 1;
  return a < b ? -1 : 1;
}
