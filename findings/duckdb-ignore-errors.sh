#!/usr/bin/env bash
# @duckdb/node-api 1.5.6-r.1 (DuckDB 1.5.6), reading NDJSON with ignore_errors = true.
#
# Guess: a line that is no JSON is a row of NULLs, or none, and the lines beside it are read as they are.
# Seen: that is so for most. But an object that was cut off behind a colon, as a file is that was not written whole, goes on in the next line: that line is
# lost with it, and there are as many rows as lines. Two lines that are one object together are one row, and the rest of the file may be an error although
# errors are ignored. The reader splits by what JSON it finds, not by lines, although the format is newline_delimited.
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
const read = async (what, ...lines) => {
  writeFileSync("events.ndjson", lines.map((line) => `${line}\n`).join(""));
  const sql = "SELECT id FROM read_json('events.ndjson', format = 'newline_delimited', columns = {id: 'VARCHAR'}, ignore_errors = true)";
  const ids = await connection.runAndReadAll(sql).then(
    (result) => JSON.stringify(result.getRowObjectsJson().map(({ id }) => id)),
    ({ message }) => message.split(". ")[0],
  );
  console.log(`${what}: ${lines.length} lines, ids ${ids}`);
};
const [a, b, c] = ["a", "b", "c"].map((id) => JSON.stringify({ id }));
await read("text", a, "text", b, c);
await read("cut in a string", a, '{"id":"x', b, c);
await read("cut behind a colon", a, '{"id":', b, c);
await read("cut behind a comma", a, '{"id":"x",', b, c);
await read("two lines, one object", a, '{"id":', '"x"}', c);
JS
node run.mjs | tee out
diff - out <<'SEEN'
text: 4 lines, ids ["a",null,"b","c"]
cut in a string: 4 lines, ids ["a",null,"b","c"]
cut behind a colon: 4 lines, ids ["a",null,null,"c"]
cut behind a comma: 4 lines, ids ["a",null,"b","c"]
two lines, one object: 4 lines, ids Invalid Input Error: Malformed JSON in file "events.ndjson", at byte 7 in line 3: unexpected end of data
SEEN
