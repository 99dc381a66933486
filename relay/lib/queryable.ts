/**
 * What a piece of code needs of a database: `query`, as `pg` has it. A client, a pool and a client within a transaction all fit, and so does
 * a SQLite file by {@link openSqlite}: statements that both databases take are written once.
 */
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";

/** A row, by the names of its columns. */
export type Row = Record<string, unknown>;

/** Runs one statement, whose values stand in it as `$1`, `$2` and so on. */
export interface Queryable {
  query(text: string, values?: unknown[]): Promise<{ rows: Row[]; rowCount: number | null }>;
}

/** A SQLite file. */
export interface SqliteFile extends Queryable {
  close(): void;
}

/** Opens a SQLite file, made where it is missing. Each statement is on the disk when it resolves; other processes may have it open. */
export function openSqlite(file: string): SqliteFile {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const db = new DatabaseSync(file, { timeout: 10_000 });
  db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  const prepared = new Map<string, StatementSync>();
  const prepare = (text: string): StatementSync => {
    const statement = prepared.get(text) ?? db.prepare(text);
    prepared.set(text, statement);
    return statement;
  };
  return {
    async query(text, values = []) {
      const statement = prepare(text);
      const named = Object.fromEntries(values.map((value, i) => [String(i + 1), value as string | number | null]));
      if (statement.columns().length === 0) return { rows: [], rowCount: Number(statement.run(named).changes) };
      const rows = statement.all(named);
      return { rows, rowCount: rows.length };
    },
    close: () => db.close(),
  };
}

/** Whether a statement failed since a row with that key is there: Postgres's unique_violation, SQLite's SQLITE_CONSTRAINT_PRIMARYKEY or _UNIQUE. */
export function isTaken(error: unknown): boolean {
  const { code, errcode } = error as { code?: string; errcode?: number };
  return code === "23505" || errcode === 1555 || errcode === 2067;
}
