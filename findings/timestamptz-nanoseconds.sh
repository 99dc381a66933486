#!/usr/bin/env bash
# @electric-sql/pglite 0.5.17 (Postgres 18.7 compiled to WebAssembly) and @duckdb/node-api 1.5.6-r.1 (DuckDB 1.5.6): a time with nanoseconds.
#
# Guess: both keep microseconds and cut the rest off, as both say that they keep microseconds.
# Seen: DuckDB cuts, Postgres rounds. So the last half microsecond of a day is in the next day's partition in one, and not in the other, and two stores of the
# same events count them in different days.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @duckdb/node-api@1.5.6-r.1 @electric-sql/pglite@0.5.17
cat >run.mjs <<'JS'
import { DuckDBInstance } from "@duckdb/node-api";
import { PGlite } from "@electric-sql/pglite";

const connection = await (await DuckDBInstance.create(":memory:")).connect();
await connection.run("SET TimeZone = 'UTC'");
const postgres = new PGlite();
await postgres.exec("SET TimeZone = 'UTC'");
console.log((await postgres.query("SELECT split_part(version(), ' ', 2) AS version")).rows[0].version);
for (const text of ["2026-03-01T23:59:59.9999994Z", "2026-03-01T23:59:59.9999996Z"]) {
  const sql = `SELECT CAST(CAST('${text}' AS timestamptz) AS text) AS time`;
  const [duckDb] = (await connection.runAndReadAll(sql)).getRowObjectsJson();
  const [row] = (await postgres.query(sql)).rows;
  console.log(text, "DuckDB:", duckDb.time, "Postgres:", row.time);
}
await postgres.close();
JS
node run.mjs | tee out
diff - out <<'SEEN'
18.7
2026-03-01T23:59:59.9999994Z DuckDB: 2026-03-01 23:59:59.999999+00 Postgres: 2026-03-01 23:59:59.999999+00
2026-03-01T23:59:59.9999996Z DuckDB: 2026-03-01 23:59:59.999999+00 Postgres: 2026-03-02 00:00:00+00
SEEN
