/** Holds an Iceberg table's columns to those of a table of the stores. */
import type { Column, Table } from "../columns/column.ts";
import type { Field, FieldType } from "./metadata.ts";

/** Iceberg's types whose values a type of DuckDB has without loss. */
const TYPES: Readonly<Record<string, readonly string[]>> = {
  VARCHAR: ["string"],
  INTEGER: ["int", "long"],
  BIGINT: ["int", "long"],
  DOUBLE: ["float", "double"],
  TIMESTAMPTZ: ["timestamptz", "timestamp"],
};

/** What is wrong, a line each: a column that every row needs is missing, or one has another type. Others may be missing, and are null. */
export function columnProblems({ columns, required }: Table, fields: readonly Field[]): string[] {
  return columns.flatMap((column) => {
    const own = fields.find(({ name }) => name === column.name);
    if (own === undefined)
      return required.includes(column.name) ? [`${column.name}: expected such a column, and there is none`] : [];
    const expected = shapeOf(column);
    return fits(expected, own.type) ? [] : [`${column.name}: expected ${say(expected)}, got ${say(own.type)}`];
  });
}

/** The names of fields by their ids, with those within others. */
export function namesById(fields: readonly Field[]): Map<number, string> {
  const names = new Map<number, string>();
  const add = (type: FieldType): void => {
    if (typeof type === "string" || type.type === "map") return;
    if (type.type === "list") return add(type.element);
    for (const { id, name, type: inner } of type.fields) {
      names.set(id, name);
      add(inner);
    }
  };
  add({ type: "struct", fields: [...fields] });
  return names;
}

/** A type of the store's, in Iceberg's words. */
function shapeOf({ duckdb }: Column): FieldType {
  const [, item, members] = /^(STRUCT\((.+)\)|\w+)\[\]$/.exec(duckdb) ?? [];
  if (item === undefined) return duckdb;
  const fields = members?.split(", ").map((member, id) => {
    const [name = "", type = ""] = member.split(" ");
    return { id, name, type };
  });
  return { type: "list", "element-id": 0, element: fields === undefined ? item : { type: "struct", fields } };
}

function fits(expected: FieldType, got: FieldType): boolean {
  if (typeof expected === "string") return typeof got === "string" && (TYPES[expected] ?? []).includes(got);
  if (typeof got === "string" || expected.type !== got.type) return false;
  if (expected.type === "list" && got.type === "list") return fits(expected.element, got.element);
  if (expected.type !== "struct" || got.type !== "struct") return false;
  // A member that is missing would be null in each row, whatever was written.
  return expected.fields.every(({ name, type }) => got.fields.some((one) => one.name === name && fits(type, one.type)));
}

function say(type: FieldType): string {
  if (typeof type === "string") return TYPES[type]?.join(" or ") ?? type;
  if (type.type === "map") return "a map";
  if (type.type === "list") return `a list of ${say(type.element)}`;
  return `structs of ${type.fields.map((one) => `${one.name} ${say(one.type)}`).join(", ")}`;
}
