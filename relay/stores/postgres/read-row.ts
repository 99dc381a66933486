/** A record of the bus as a row of a table, or why it is none. */
import { isUtf8 } from "node:buffer";
import type { StoredRecord } from "../../bus/port/record.ts";
import { jsonObject } from "../../lib/json-object.ts";
import type { Column, Table } from "../columns/column.ts";
import { EVENTS, TABLES } from "../columns/tables.ts";
import { CellError, checkStorable, escaped, mayBeUnstorable, NULL, TO_TEXT, type ToText } from "./cell.ts";
import { exactJson } from "./exact-json.ts";
import { checkShape, withNumbers } from "./shape.ts";

/** A row. */
export interface Row {
  table: Table;
  /** A line of COPY's text format, in the order of the table's columns. */
  line: string;
  /** The day of its timestamp, UTC, such as 2026-01-01, where it is partitioned by it. */
  day: string | undefined;
}

/** Why a record is no row. */
export interface NoRow {
  /** `no_event`: it is none, or lacks what every event has; `unstorable`: it is one, with a value that its column cannot hold. */
  code: "no_event" | "unstorable";
  /** Where, and what was expected; nothing of what was sent. */
  message: string;
}

interface Cell {
  column: Column;
  /** Where in the envelope. */
  path: string;
  toText: ToText;
  isRequired: boolean;
}

const CELLS = new Map(TABLES.map((table) => [table, table.columns.map((column) => cellOf(table, column))]));
const BY_TYPE = new Map(TABLES.flatMap((table) => table.types.map((type) => [type, table] as const)));

/** What every row has is NOT NULL. */
function cellOf(table: Table, column: Column): Cell {
  const { name, path = [], postgres } = column;
  const isRequired = table.required.includes(name);
  return { column, path: path.join("."), toText: TO_TEXT[postgres]!, isRequired };
}

/** Reads it. */
export function readRow(record: StoredRecord): Row | NoRow {
  const text = record.value.toString();
  const fields = isUtf8(record.value) ? jsonObject(text) : undefined;
  if (fields === undefined) return { code: "no_event", message: "expected a JSON object" };
  const table = BY_TYPE.get(fields["type"] as string);
  if (table === undefined) return { code: "no_event", message: "type: expected the type of an envelope" };
  if (!isObject(fields["payload"])) return { code: "no_event", message: "payload: expected an object" };
  try {
    return rowOf(table, record, text, fields);
  } catch (error) {
    // JSON that is nested deeper than the stack is a RangeError, and so is a number that no column can hold.
    return { code: "unstorable", message: (error as Error).message };
  }
}

function rowOf(table: Table, record: StoredRecord, text: string, fields: Record<string, unknown>): Row | NoRow {
  const exact = exactJson(text, fields);
  const isSuspect = mayBeUnstorable(text);
  const cells: string[] = [];
  for (const { column, path, toText, isRequired } of CELLS.get(table)!) {
    const found = column.path === undefined ? ofBus(record, column.name) : at(fields, column.path);
    const value = withNumbers(column.name, found);
    let cell = column.otherwise === undefined ? NULL : column.otherwise.slice(1, -1);
    if (value !== undefined && value !== null) {
      try {
        checkShape(column.name, value);
        const plain = toText(
          column.postgres === "jsonb" && exact !== fields && value === found ? at(exact, column.path!) : value,
        );
        if (isSuspect) checkStorable(plain, column.postgres);
        cell = escaped(plain);
      } catch (error) {
        throw error instanceof CellError ? new CellError(`${path}: ${error.message}`, { cause: error }) : error;
      }
    }
    if (isRequired && (cell === NULL || cell === "")) return { code: "no_event", message: `${path}: expected a value` };
    cells.push(cell);
  }
  const day = table === EVENTS ? dayOf(at(fields, ["payload", "timestamp"]) as string) : undefined;
  return { table, line: `${cells.join("\t")}\n`, day };
}

function at(value: unknown, path: readonly string[]): unknown {
  let found = value;
  for (const name of path) {
    if (!isObject(found)) return undefined;
    found = found[name];
  }
  return found;
}

function ofBus({ topic, partition, offset, publishedAt }: StoredRecord, column: string): unknown {
  return { topic, partition, offset: BigInt.asIntN(64, offset) === offset ? offset : undefined, published_at: publishedAt }[
    column
  ];
}

/** Days of times in UTC that were seen: most are of a few days, and to make a date of each takes longer than to find it here. */
const days = new Map<string, string | undefined>();
const MOST_DAYS = 10_000;
const IN_UTC = /^\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d.*Z$/;

/** Undefined where there is no such day, or only Postgres can say which it is, of a leap second for example. */
function dayOf(timestamp: string): string | undefined {
  const known = IN_UTC.test(timestamp) ? timestamp.slice(0, 10) : undefined;
  if (known !== undefined && days.has(known)) return days.get(known);
  const time = Date.parse(known ?? timestamp);
  const found = Number.isNaN(time) ? "" : new Date(time).toISOString().slice(0, 10);
  const isDay = /^\d{4}-\d\d-\d\d$/.test(found) && (known === undefined || known === found);
  const day = isDay ? found : undefined;
  if (known !== undefined && days.size < MOST_DAYS) days.set(known, day);
  return day;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
