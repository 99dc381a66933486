#!/usr/bin/env bash
# @duckdb/node-api 1.5.6-r.1 (DuckDB 1.5.6), reading NDJSON by its own guess of the types.
#
# Guess: a JSON string stays the text that it is, so that an id that is read back is the id that was written.
# Seen: where all strings of a column look like UUIDs or days they become UUID or DATE. Two ids that differ in case alone are one, upper case
# is lost, and "2026-1-6" comes back as "2026-01-06": a join with the ids that another tool kept as text finds nothing. One id of another
# shape in the sample, and all stay text.
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
const read = async (name, ...ids) => {
  writeFileSync("ids.ndjson", ids.map((request_id) => JSON.stringify({ request_id })).join("\n"));
  const found = await connection.runAndReadAll(
    "SELECT request_id::VARCHAR AS id, typeof(request_id) AS type, count(*)::INTEGER AS n FROM 'ids.ndjson' GROUP BY ALL ORDER BY id",
  );
  console.log(name, JSON.stringify(found.getRowObjectsJson()));
};
const upper = "550E8400-E29B-41D4-A716-446655440000";
await read("uuids:", upper, upper.toLowerCase());
await read("days:", "2026-1-6", "2026-01-07");
await read("uuids and another:", upper, upper.toLowerCase(), "req-1");
JS
node run.mjs | tee out
diff - out <<'SEEN'
uuids: [{"id":"550e8400-e29b-41d4-a716-446655440000","type":"UUID","n":2}]
days: [{"id":"2026-01-06","type":"DATE","n":1},{"id":"2026-01-07","type":"DATE","n":1}]
uuids and another: [{"id":"550E8400-E29B-41D4-A716-446655440000","type":"VARCHAR","n":1},{"id":"550e8400-e29b-41d4-a716-446655440000","type":"VARCHAR","n":1},{"id":"req-1","type":"VARCHAR","n":1}]
SEEN
