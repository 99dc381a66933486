/** The days of `exp.events`: a partition each, in UTC. What has none is in the default partition, and is moved out of it once its day is made. */
import type { Client } from "pg";
import { DAY_MS } from "../../lib/day.ts";

/** Days that are made before they come, and days back within which a day is made for its first event: what is usual. */
const AHEAD = 2;
const BACK = 7;
/** Another day is made where it has so many events at a time: a clock that is wrong makes no table. */
const ENOUGH = 100;
/** Days that there are, at most: planning a query over more takes its time, and a page could make them all. */
const MOST_DAYS = 1_000;

/** A day as `2026-01-01`; its partition is called after it. */
export function partitionOf(day: string): string {
  if (!/^\d{4}-\d\d-\d\d$/.test(day)) throw new Error(`expected a day such as 2026-01-01, got ${day}`);
  return `events_${day.replaceAll("-", "")}`;
}

function dayAfter(day: string, days = 1): string {
  return new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, 10);
}

/** Days that are to be there now, whatever comes: today and the next ones. */
export function daysAhead(today: string): string[] {
  return Array.from({ length: AHEAD + 1 }, (_, i) => dayAfter(today, i));
}

/** Of days and how many events each has, those that deserve a partition. */
export function daysWorthMaking(counts: ReadonlyMap<string, number>, today: string): string[] {
  const [first, last] = [dayAfter(today, -BACK), dayAfter(today, AHEAD)];
  return [...counts].filter(([day, n]) => (day >= first && day <= last) || n >= ENOUGH).map(([day]) => day);
}

/** The days that there are. */
export async function readDays(client: Client): Promise<Set<string>> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
     WHERE i.inhparent = 'exp.events'::regclass AND c.relname ~ '^events_[0-9]{8}$'`,
  );
  return new Set(rows.map(({ name }) => name.replace(/^events_(\d{4})(\d\d)(\d\d)$/, "$1-$2-$3")));
}

/** Events of the default partition, by day. */
export async function countDefault(client: Client): Promise<Map<string, number>> {
  const { rows } = await client.query<{ day: string; n: string }>(
    `SELECT to_char("timestamp" AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS day, count(*) AS n FROM exp.events_default
     WHERE "timestamp" >= '0001-01-01Z' AND "timestamp" < '9999-12-31Z' GROUP BY 1`,
  );
  return new Map(rows.map(({ day, n }) => [day, Number(n)]));
}

/** One maker of days, or dropper, at a time. */
export const DAYS_LOCK = 1_397_311_555;

/**
 * Makes a day where it is not there, with the rows that the default partition has of it; resolves with false where there are enough days already. Rejects
 * with 55P03 where a query holds the table for longer than two seconds: everyone else would wait behind this, and the default partition does meanwhile.
 */
export async function makeDay(client: Client, day: string): Promise<boolean> {
  const name = partitionOf(day);
  const [from, to] = [`'${day} 00:00:00+00'`, `'${dayAfter(day)} 00:00:00+00'`];
  await client.query("BEGIN");
  try {
    await client.query(`SELECT pg_advisory_xact_lock(${DAYS_LOCK}); SET LOCAL lock_timeout = '2s'`);
    const days = await readDays(client);
    const isMade = !days.has(day) && days.size < MOST_DAYS;
    if (isMade) {
      // PARTITION OF would lock every query out of the whole table; and refuses while the default partition has rows of the day.
      await client.query(`CREATE TABLE exp.${name} (LIKE exp.events INCLUDING DEFAULTS INCLUDING CONSTRAINTS)`);
      await client.query("LOCK TABLE exp.events_default IN ACCESS EXCLUSIVE MODE");
      await client.query(
        `WITH moved AS (DELETE FROM exp.events_default WHERE "timestamp" >= ${from} AND "timestamp" < ${to} RETURNING *)
         INSERT INTO exp.${name} SELECT * FROM moved`,
      );
      await client.query(`ALTER TABLE exp.events ATTACH PARTITION exp.${name} FOR VALUES FROM (${from}) TO (${to})`);
    }
    await client.query("COMMIT");
    return isMade || days.has(day);
  } catch (error) {
    await client.query("ROLLBACK").catch(() => {});
    throw error;
  }
}
