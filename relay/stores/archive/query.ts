/** Runs one query of whoever asks over an archive, or what is opened as one is: it reads its views, and nothing else of this machine or the network. */
import { type DuckDBResult, DuckDBTypeId, type Json, StatementType } from "@duckdb/node-api";
import { literal } from "../duckdb/sql.ts";
import type { OpenedArchive } from "./open-archive.ts";

/** A column of a result. */
export interface ResultColumn {
  name: string;
  isNumber: boolean;
}

/** A result. */
export interface QueryResult {
  columns: ResultColumn[];
  /** Parquet files among the archive's that are none of it, and were not read. */
  foreign: number;
  /** Rows, a page at a time. Whole numbers that JavaScript cannot hold, and decimals, are text; times are ISO 8601, UTC. */
  pages: AsyncIterable<Json[][]>;
}

/** The query is none that this runs, or is wrong. */
export class QueryError extends Error {
  override readonly name = "QueryError";
}

const WHOLE: ReadonlySet<DuckDBTypeId> = new Set([
  DuckDBTypeId.TINYINT,
  DuckDBTypeId.SMALLINT,
  DuckDBTypeId.INTEGER,
  DuckDBTypeId.BIGINT,
  DuckDBTypeId.UTINYINT,
  DuckDBTypeId.USMALLINT,
  DuckDBTypeId.UINTEGER,
  DuckDBTypeId.UBIGINT,
  DuckDBTypeId.HUGEINT,
]);
const NUMBERS: ReadonlySet<DuckDBTypeId> = new Set([...WHOLE, DuckDBTypeId.FLOAT, DuckDBTypeId.DOUBLE, DuckDBTypeId.DECIMAL]);

/** What is queried. */
export type Queryable = Pick<OpenedArchive, "connection" | "paths" | "foreign" | "close">;

/** Runs it, hands its result to `use`, and closes what was opened. Rejects with a {@link QueryError}, or as DuckDB says it. An aborted signal ends the query. */
export async function queryArchive<T>(
  open: () => Promise<Queryable>,
  sql: string,
  signal: AbortSignal,
  use: (result: QueryResult) => Promise<T>,
): Promise<T> {
  if (sql.trim() === "") throw new QueryError("expected a SELECT, got nothing");
  const { connection, paths, foreign, close } = await open();
  const interrupt = (): void => connection.interrupt();
  signal.addEventListener("abort", interrupt);
  try {
    // From here on it reads these files and its own temporary ones, and cannot be told otherwise.
    await connection.run(`SET allowed_paths = [${paths.map(literal).join(", ")}]`);
    await connection.run("SET enable_external_access = false");
    await connection.run("SET lock_configuration = true");
    const statements = await connection.extractStatements(sql);
    if (statements.count !== 1) throw new QueryError(`expected one SELECT, got ${statements.count} statements`);
    const prepared = await statements.prepare(0);
    // The paths that it may read it could also write: COPY, and all else that changes something, is none of a query's.
    if (prepared.statementType !== StatementType.SELECT)
      throw new QueryError(`expected a SELECT, got ${StatementType[prepared.statementType]}`);
    return await use(resultOf(await prepared.stream(), foreign));
  } finally {
    signal.removeEventListener("abort", interrupt);
    close();
  }
}

function resultOf(result: DuckDBResult, foreign: number): QueryResult {
  const types = result.columnTypes().map(({ typeId }) => typeId);
  const columns = result.deduplicatedColumnNames().map((name, n) => ({ name, isNumber: NUMBERS.has(types[n]!) }));
  return { columns, foreign, pages: pagesOf(result, types) };
}

async function* pagesOf(result: DuckDBResult, types: readonly DuckDBTypeId[]): AsyncGenerator<Json[][]> {
  for await (const rows of result.yieldRowsJson()) yield rows.map((row) => row.map((value, n) => plain(value, types[n]!)));
}

function plain(value: Json, type: DuckDBTypeId): Json {
  if (typeof value !== "string") return value;
  if (WHOLE.has(type)) return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (type === DuckDBTypeId.TIMESTAMP_TZ) return value.replace(" ", "T").replace(/\+00$/, "Z");
  return value;
}
