import { WIRE_LIMITS } from "../../client/src/wire/index.ts";
import { COLUMNS, type LogColumns } from "./log-columns.ts";

/** One impression that was served to a real user. */
export interface LogRow {
  /** When, ISO 8601 UTC with microseconds. */
  timestamp: string;
  itemId: string;
  /** From 1. */
  position: number;
  clicked: boolean;
  /** Probability with which the policy chose the item for the position. */
  propensity: number;
  /** The four hashed features of the user. */
  features: string[];
}

/** The row of a record, or what is wrong with it. */
export function readRow(record: readonly string[], { count, places }: LogColumns): LogRow | string {
  if (record.length !== count) return `expected ${count} columns, got ${record.length}`;
  const values = places.map((place) => record[place] ?? "");
  const [time = "", itemId = "", position = "", click = "", propensity = "", ...features] = values;
  const timestamp = readTimestamp(time);
  const bad = (column: number, expected: string) =>
    `${COLUMNS[column]}: expected ${expected}, got ${JSON.stringify(values[column])}`;
  if (timestamp === undefined) return bad(0, "a time such as 2019-11-24 00:01:03.979311+00:00");
  if (itemId === "" || itemId.length > WIRE_LIMITS.nameLength)
    return bad(1, `an id of 1 to ${WIRE_LIMITS.nameLength} characters`);
  if (!/^[1-9]\d{0,8}$/.test(position)) return bad(2, "a whole number from 1");
  if (click !== "0" && click !== "1") return bad(3, "0 or 1");
  if (!/^\d/.test(propensity) || !(Number(propensity) > 0 && Number(propensity) <= 1)) {
    return bad(4, "a number above 0 and up to 1");
  }
  const empty = features.indexOf("");
  if (empty !== -1) return bad(5 + empty, "a hashed feature");
  return { timestamp, itemId, position: Number(position), clicked: click === "1", propensity: Number(propensity), features };
}

/** The log's time as ISO 8601; its writer leaves the fraction out where it is zero. */
function readTimestamp(text: string): string | undefined {
  const [, date, time, fraction = ""] = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?\+00:00$/.exec(text) ?? [];
  if (date === undefined) return undefined;
  const parsed = new Date(`${date}T${time}Z`);
  const exists = !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(`${date}T${time}`);
  return exists ? `${date}T${time}.${fraction.padEnd(6, "0")}Z` : undefined;
}
