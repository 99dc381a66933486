/**
 * The columns in which envelopes are read, those of all tables together: one reading of the JSON, with a type given for each; nothing is
 * guessed from what comes first.
 */
import type { Column } from "../columns/column.ts";
import { TABLES } from "../columns/tables.ts";
import { quoted } from "./sql.ts";

/** What the bus says of a record. */
export const PLACE_COLUMNS = {
  topic: "VARCHAR",
  partition: "INTEGER",
  offset: "BIGINT",
  published_at: "TIMESTAMPTZ",
} as const;

/** A member's type, or its members. */
interface Members {
  [name: string]: Members | string;
}

const ENVELOPE = membersOf(TABLES.flatMap(({ columns }) => columns));

/** Members of an envelope with their types. */
export const ENVELOPE_COLUMNS: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(ENVELOPE).map(([name, type]) => [name, typeOf(type)]),
);

/** The value at a path, in SQL, where the columns are those of {@link ENVELOPE_COLUMNS}. */
export function valueAt(path: readonly string[]): string {
  let at: Members | string = ENVELOPE;
  for (const [n, name] of path.entries()) {
    // What lies within free JSON is taken out of its text.
    if (typeof at === "string") return `json_extract(${path.slice(0, n).map(quoted).join(".")}, '$.${path.slice(n).join(".")}')`;
    at = at[name]!;
  }
  return path.map(quoted).join(".");
}

/** The paths of all members of an object, which are its columns. */
export function membersAt(name: string): string[] {
  return Object.keys(ENVELOPE[name] as Members).map((member) => valueAt([name, member]));
}

function membersOf(columns: readonly Column[]): Members {
  const members: Members = {};
  // The shorter path first: what is free JSON as a whole is read as that.
  const paths = columns.flatMap(({ path, isJson, duckdb, readAs = duckdb }) =>
    path ? [{ path, type: isJson ? "JSON" : readAs }] : [],
  );
  for (const { path, type } of paths.toSorted((a, b) => a.path.length - b.path.length)) put(members, path, type);
  return members;
}

function put(members: Members, [first, ...rest]: readonly string[], type: string): void {
  if (first === undefined) return;
  const known = members[first];
  if (rest.length > 0) {
    if (typeof known !== "string") put((members[first] = known ?? {}), rest, type);
  } else if (known === undefined) members[first] = type;
  else if (known !== type) throw new Error(`expected one type for ${first}, got ${JSON.stringify(known)} and ${type}`);
}

function typeOf(type: Members | string): string {
  if (typeof type === "string") return type;
  const members = Object.entries(type).map(([name, inner]) => `${quoted(name)} ${typeOf(inner)}`);
  return `STRUCT(${members.join(", ")})`;
}
