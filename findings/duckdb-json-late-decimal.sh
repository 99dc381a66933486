#!/usr/bin/env bash
# @duckdb/node-api 1.5.6-r.1 (DuckDB 1.5.6), reading NDJSON by its own guess of the types.
#
# Guess: a column that was whole for the first 20,480 lines, the sample, and then has a decimal, is an error that names the line, as a new
# key is, or becomes a DOUBLE.
# Seen: the decimals are rounded to whole numbers, without an error or a warning, and half of one goes to the even side: a revenue of 12.5
# is 12, of 0.5 nothing. A key that is first seen after the sample is an error, but where a
# query asks for no more than one column. With sample_size = -1 both are right.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @duckdb/node-api@1.5.6-r.1
cat >run.mjs <<'JS'
import { writeFileSync } from "node:fs";
import { DuckDBInstance } from "@duckdb/node-api";

const connection = await (await DuckDBInstance.create(":memory:")).connect();
const rows = async (sql) => {
  try {
    return JSON.stringify((await connection.runAndReadAll(sql)).getRowObjectsJson());
  } catch ({ message }) {
    return message.split("\n")[0].replace(/.* in line/, "error in line");
  }
};
const file = (name, ...last) => {
  const whole = Array.from({ length: 20_480 }, (_, n) => ({ id: `e${n}`, revenue: 0 }));
  writeFileSync(name, [...whole, ...last].map((event) => JSON.stringify(event)).join("\n"));
};

file("decimals.ndjson", { id: "a", revenue: 12.5 }, { id: "b", revenue: 0.5 }, { id: "c", revenue: 19.99 });
const sum = "SELECT sum(revenue) AS revenue, typeof(any_value(revenue)) AS type FROM";
console.log("sampled:", await rows(`${sum} 'decimals.ndjson'`));
console.log("one by one:", await rows("SELECT id, revenue FROM 'decimals.ndjson' WHERE id IN ('a', 'b', 'c')"));
console.log("all read:", await rows(`${sum} read_json('decimals.ndjson', sample_size = -1)`));
file("key.ndjson", { id: "a", revenue: 1, currency: "EUR" });
console.log("a late key:", await rows("SELECT * FROM 'key.ndjson' WHERE id = 'a'"));
console.log("the same, one column:", await rows("SELECT id FROM 'key.ndjson' WHERE id = 'a'"));
JS
node run.mjs | tee out
diff - out <<'SEEN'
sampled: [{"revenue":"32","type":"BIGINT"}]
one by one: [{"id":"a","revenue":"12"},{"id":"b","revenue":"0"},{"id":"c","revenue":"20"}]
all read: [{"revenue":32.989999999999995,"type":"DOUBLE"}]
a late key: error in line 20481: Object {"id":"a","revenue":1,"currency":"EUR"} has unknown key "currency"
the same, one column: [{"id":"a"}]
SEEN
