/**
 * Names in the archive. A table's files lie by the hour of their events, UTC: `events/2026/01/31/10/events_{id}.parquet`. Names sort by time,
 * so that a span of hours is a span of names.
 */
import type { Table } from "../columns/column.ts";

const HOUR_MS = 3_600_000;

/** A span of time; what is left out has no bound. */
export interface Span {
  from?: Date | undefined;
  /** Exclusive. */
  to?: Date | undefined;
}

/** A span of names: from the first up to, and without, the second. */
export interface Names {
  from: string;
  before: string;
}

/** The folder of an hour, with a slash at its end. */
export function hourFolder({ name }: Pick<Table, "name">, hour: Date): string {
  const [year, month, day, hours] = hour.toISOString().split(/[-T:]/);
  return `${name}/${year}/${month}/${day}/${hours}/`;
}

/** The names of a table's files in a span of time: of all hours that have a part of it. */
export function namesOf(table: Pick<Table, "name">, { from, to }: Span): Names {
  const last = to === undefined ? undefined : new Date(Math.ceil(to.getTime() / HOUR_MS) * HOUR_MS);
  return {
    from: from === undefined ? `${table.name}/` : hourFolder(table, from),
    // "0" comes right after "/".
    before: last === undefined ? `${table.name}0` : hourFolder(table, last),
  };
}

/** The hour's folder and the name within it; undefined where a key is of no hour. */
export function splitKey(key: string): { folder: string; name: string } | undefined {
  const [, folder, name] = /^([a-z_]+\/\d{4}\/\d\d\/\d\d\/\d\d\/)([^/]+)$/.exec(key) ?? [];
  return folder === undefined || name === undefined ? undefined : { folder, name };
}

/** The names of the files of one folder. */
export function namesIn(folder: string): Names {
  return { from: folder, before: `${folder.slice(0, -1)}0` };
}

/** When the hour of a folder ends. */
export function endOfHour(folder: string): Date {
  const [year, month, day, hour] = folder.split("/").slice(1);
  return new Date(Date.parse(`${year}-${month}-${day}T${hour}:00:00Z`) + HOUR_MS);
}

/** What a compaction made begins so, behind the table's name; it counts only where a manifest names it. */
const COMPACTED = "compacted-";

/** Name of the file of a batch. */
export function batchFile({ name }: Pick<Table, "name">, batchId: string): string {
  return `${name}_${batchId}.parquet`;
}

/** Name of a file that a compaction made. */
export function compactedFile(table: Pick<Table, "name">, id: string): string {
  return batchFile(table, `${COMPACTED}${id}`);
}

/** Whether a name is that of a file that a compaction made. */
export function isCompactedFile({ name: table }: Pick<Table, "name">, name: string): boolean {
  return name.startsWith(`${table}_${COMPACTED}`) && name.endsWith(".parquet");
}

/** What a batch's file is called behind the table's name: whatever its lane is, and its first and last offset. */
const BATCH = /^.+-\d{1,19}-\d{1,19}\.parquet$/;

/** Whether a name is that of a batch's file. */
export function isBatchFile({ name: table }: Pick<Table, "name">, name: string): boolean {
  return name.startsWith(`${table}_`) && BATCH.test(name.slice(table.length + 1)) && !isCompactedFile({ name: table }, name);
}

/** Whether a key under a table's folder is that of a Parquet file that no store wrote: it has no part in the archive. */
export function isForeign(table: Pick<Table, "name">, key: string): boolean {
  const { folder = "", name = "" } = splitKey(key) ?? {};
  const isOwn = folder.startsWith(`${table.name}/`) && (isBatchFile(table, name) || isCompactedFile(table, name));
  return key.endsWith(".parquet") && !isOwn;
}
