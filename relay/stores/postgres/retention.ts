/** What is dropped with age: by when the collector had it and not by when it happened, so that old events that came late stay as long as any. */
import type { Client } from "pg";
import { DAY_MS } from "../../lib/day.ts";
import { CLIENT_REPORTS, REJECTS } from "../columns/tables.ts";
import { DAYS_LOCK, partitionOf, readDays } from "./days.ts";

/** Rows that a DELETE takes at a time, so that none holds on to anything for long. */
const SOME = 10_000;

/** What was dropped. */
export interface Dropped {
  /** Days, such as 2026-01-01. */
  days: string[];
  /** Rows of what is not partitioned. */
  rows: number;
}

/** Drops what the collector had before `before`: of the events whole days, and the rows of the default partition, as of the other tables. */
export async function dropOld(client: Client, before: Date): Promise<Dropped> {
  const days: string[] = [];
  for (const day of [...(await readDays(client))].toSorted()) {
    // What happened then came no earlier, but for a clock that was ahead.
    if (Date.parse(day) + DAY_MS > before.getTime()) break;
    if (await dropDay(client, day, before)) days.push(day);
  }
  let rows = 0;
  for (const table of ["events_default", REJECTS.name, CLIENT_REPORTS.name]) rows += await deleteOld(client, table, before);
  return { days, rows };
}

async function dropDay(client: Client, day: string, before: Date): Promise<boolean> {
  const name = partitionOf(day);
  const isOld = async (): Promise<boolean> => {
    // One without events may have been made a moment ago, for those that are about to come.
    const { rows } = await client.query(
      `SELECT EXISTS (SELECT FROM exp.${name}) AND NOT EXISTS (SELECT FROM exp.${name} WHERE received_at >= $1) AS old`,
      [before],
    );
    return rows[0]?.["old"] === true;
  };
  await client.query("BEGIN");
  try {
    // Blocks skipped by the index of ranges: the newest of a day is otherwise known only when all of it was read.
    await client.query(
      `SELECT pg_advisory_xact_lock(${DAYS_LOCK}); SET LOCAL lock_timeout = '2s'; SET LOCAL enable_seqscan = off`,
    );
    let isDropped = (await readDays(client)).has(day) && (await isOld());
    if (isDropped) {
      // DETACH CONCURRENTLY is refused beside a default partition. The whole table first, as writers lock it; then nothing can come between look and drop.
      await client.query("LOCK TABLE ONLY exp.events IN ACCESS EXCLUSIVE MODE");
      isDropped = await isOld();
      if (isDropped) await client.query(`DROP TABLE exp.${name}`);
    }
    await client.query("COMMIT");
    return isDropped;
  } catch (error) {
    await client.query("ROLLBACK").catch(() => {});
    throw error;
  }
}

async function deleteOld(client: Client, table: string, before: Date): Promise<number> {
  let sum = 0;
  for (let n = SOME; n === SOME; sum += n) {
    const { rowCount } = await client.query(
      `DELETE FROM exp.${table} WHERE ctid = ANY(ARRAY(SELECT ctid FROM exp.${table} WHERE received_at < $1 LIMIT ${SOME}))`,
      [before],
    );
    n = rowCount ?? 0;
  }
  return sum;
}
