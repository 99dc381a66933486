/**
 * Writes rows and the offsets that they bring their lanes to, in one transaction: by COPY into the table, which fails where one of them is there already, or
 * by COPY into a staging table, and from there what is not there yet. The second takes twice as long.
 */
import type { Client } from "pg";
import type { CopyStreamQuery } from "pg-copy-streams";
import type { StoredRecord } from "../../bus/port/record.ts";
import type { Table } from "../columns/column.ts";
import { TABLES } from "../columns/tables.ts";
import type { Row } from "./read-row.ts";

/** Makes the stream of a COPY. */
export type CopyFrom = (text: string) => CopyStreamQuery;

/** A record that is to be in the tables, and the lane that it came by. */
export interface Incoming {
  row: Row;
  lane: string;
  record: Pick<StoredRecord, "topic" | "partition" | "offset" | "publishedAt">;
}

/** How they are written. */
export interface WriteOptions {
  client: Client;
  copyFrom: CopyFrom;
  /** The group, which its offsets are written under. */
  group: string;
  /** None of them is thought to be there: rejects with 23505 where one is. */
  isStraight: boolean;
}

interface Statements {
  staging: string;
  stage: string;
  straight: string;
  insert: string;
}

const STATEMENTS = new Map(TABLES.map((table) => [table, statementsOf(table)]));

function statementsOf({ name, columns }: Table): Statements {
  const names = columns.map((column) => `"${column.name}"`).join(", ");
  const staging = `sightline_staging_${name}`;
  return {
    staging: `CREATE TEMPORARY TABLE IF NOT EXISTS ${staging} (LIKE exp.${name}) ON COMMIT DELETE ROWS`,
    stage: `COPY pg_temp.${staging} (${names}) FROM STDIN`,
    straight: `COPY exp.${name} (${names}) FROM STDIN`,
    // A key that is twice in one batch is no error so, as it would be with DO UPDATE (21000).
    insert: `INSERT INTO exp.${name} (${names}) SELECT ${names} FROM pg_temp.${staging} ON CONFLICT DO NOTHING`,
  };
}

/** What a connection needs before its first write. Times without a zone are refused long before; what Postgres itself computes is in UTC. */
export async function prepareToWrite(client: Client): Promise<void> {
  await client.query("SET TimeZone = 'UTC'; SET client_min_messages = warning");
  for (const { staging } of STATEMENTS.values()) await client.query(staging);
}

const OFFSETS = `INSERT INTO exp.offsets AS o (consumer_group, lane, topic, "partition", "offset", published_at)
  SELECT $1, * FROM unnest($2::text[], $3::text[], $4::int[], $5::numeric[], $6::timestamptz[])
  ON CONFLICT (consumer_group, lane) DO UPDATE SET topic = excluded.topic, "partition" = excluded."partition",
    "offset" = excluded."offset", published_at = excluded.published_at, stored_at = excluded.stored_at`;

/**
 * Resolves with how many of them were not there yet, once all are as safe as the server keeps them. Rejects as Postgres does, and then none of them is there;
 * the connection can be used again where it is still one.
 */
export async function writeRows(
  incoming: readonly Incoming[],
  { client, copyFrom, group, isStraight }: WriteOptions,
): Promise<number> {
  let added = 0;
  try {
    await client.query("BEGIN");
    for (const [table, own] of Map.groupBy(incoming, ({ row }) => row.table)) {
      const { stage, straight, insert } = STATEMENTS.get(table)!;
      await copyLines(client.query(copyFrom(isStraight ? straight : stage)), own);
      added += isStraight ? own.length : ((await client.query(insert)).rowCount ?? 0);
    }
    await client.query(OFFSETS, [group, ...lastOf(incoming)]);
    await client.query("COMMIT");
    return added;
  } catch (error) {
    await client.query("ROLLBACK").catch(() => {});
    throw error;
  }
}

/** Lines that are sent at a time. */
const CHUNK = 1_000;

/** Resolves once Postgres has taken all lines. Not by pipeline(): that destroys the stream where the server refuses, which then waits for it for ever. */
async function copyLines(stream: CopyStreamQuery, incoming: readonly Incoming[]): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  stream.on("error", reject).once("finish", resolve);
  for (let at = 0; at < incoming.length; at += CHUNK) {
    const lines = incoming.slice(at, at + CHUNK).map(({ row }) => row.line);
    stream.write(Buffer.from(lines.join("")));
  }
  stream.end();
  await promise;
}

/** The last of each lane, as columns; lanes in one order everywhere, or two that write would wait for each other. */
function lastOf(incoming: readonly Incoming[]): unknown[][] {
  const last = new Map(incoming.map(({ lane, record }) => [lane, record]));
  const rows = [...last].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return [
    rows.map(([lane]) => lane),
    rows.map(([, { topic }]) => topic),
    rows.map(([, { partition }]) => partition),
    rows.map(([, { offset }]) => String(offset)),
    rows.map(([, { publishedAt }]) => publishedAt),
  ];
}
