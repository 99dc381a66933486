#!/usr/bin/env bash
# @duckdb/node-api 1.5.6-r.1 (DuckDB 1.5.6) and the JSON of Node: what is JSON.
#
# Guess: json_valid says of a text what JSON.parse says of it.
# Seen: each takes what the other refuses. DuckDB takes a comma before a closing bracket, and NaN and Infinity, which it gives on as they came, so that what it
# writes is no JSON. It refuses half of a surrogate pair that is escaped, as JSON.stringify writes one that a page has cut in two, and then the whole text
# is not read. Of a key that is there twice it reads the first, JSON.parse the last.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @duckdb/node-api@1.5.6-r.1
cat >run.mjs <<'JS'
import { DuckDBInstance } from "@duckdb/node-api";

const connection = await (await DuckDBInstance.create(":memory:")).connect();
const parsed = (text) => {
  try {
    return JSON.stringify(JSON.parse(text).a);
  } catch {
    return "no JSON";
  }
};
const texts = ['{"a":1}', '{"a":NaN}', '{"a":-Infinity}', '{"a":[1,]}', '{"a":1,}', JSON.stringify({ a: "👍".slice(0, 1) }), '{"a":1,"a":2}'];
for (const text of texts) {
  const sql = "SELECT CASE WHEN json_valid($1) THEN json_extract($1, '$.a')::VARCHAR ELSE 'no JSON' END AS a";
  const [{ a }] = (await connection.runAndReadAll(sql, [text])).getRowObjectsJson();
  console.log(text.padEnd(18), "JSON.parse:", parsed(text).padEnd(12), "DuckDB:", a);
}
JS
node run.mjs | tee out
diff - out <<'SEEN'
{"a":1}            JSON.parse: 1            DuckDB: 1
{"a":NaN}          JSON.parse: no JSON      DuckDB: NaN
{"a":-Infinity}    JSON.parse: no JSON      DuckDB: -Infinity
{"a":[1,]}         JSON.parse: no JSON      DuckDB: [1]
{"a":1,}           JSON.parse: no JSON      DuckDB: 1
{"a":"\ud83d"}     JSON.parse: "\ud83d"     DuckDB: no JSON
{"a":1,"a":2}      JSON.parse: 2            DuckDB: 1
SEEN
