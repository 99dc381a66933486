/** A column of a store: its name, its types, and where in the envelope its value is. */
export interface Column {
  name: string;
  /** Type in DuckDB, and so in Parquet. */
  duckdb: string;
  /** Type in Postgres. */
  postgres: string;
  /** Members of the envelope that lead to the value; undefined where the bus says it, of the record. */
  path?: readonly string[];
  /** Its value is free JSON, kept as its text. @default false */
  isJson?: true;
  /** Type in which DuckDB reads it, where that is another than `duckdb`: a fraction read as a whole number would be rounded without a word. */
  readAs?: string;
  /** Value where the envelope has none, as an SQL literal that both databases understand. */
  otherwise?: string;
  /** One line for docs/stores.md. */
  about: string;
}

/** A table: one row for each event of its topics. */
export interface Table {
  /** Name of the table, and of its folder in the archive. */
  name: string;
  about: string;
  /** Types of envelopes that it holds. */
  types: readonly string[];
  columns: readonly Column[];
  /** Columns that have a value in each row: what lacks one is no event. */
  required: readonly string[];
}

/** A column whose value is text, found at a path such as `payload.unit_id`. */
export function text(name: string, path: string, about: string, otherwise?: string): Column {
  return {
    name,
    duckdb: "VARCHAR",
    postgres: "text",
    path: path.split("."),
    about,
    ...(otherwise === undefined ? {} : { otherwise }),
  };
}

/** A time, to the microsecond: nanoseconds are cut, as DuckDB does and Postgres would not. */
export function time(name: string, path: string, about: string): Column {
  return { name, duckdb: "TIMESTAMPTZ", postgres: "timestamptz", path: path.split("."), about };
}

/** A whole number of 64 bits. */
export function whole(name: string, path: string, about: string): Column {
  return { name, duckdb: "BIGINT", postgres: "bigint", readAs: "DOUBLE", path: path.split("."), about };
}

/** A number of double precision: never guessed from the first values, which may be whole. */
export function number(name: string, path: string, about: string): Column {
  return { name, duckdb: "DOUBLE", postgres: "double precision", path: path.split("."), about };
}

/** JSON as it came, as text. */
export function json(name: string, path: string, about: string): Column {
  return { name, duckdb: "VARCHAR", postgres: "jsonb", path: path.split("."), isJson: true, about };
}
