#!/usr/bin/env bash
# polars 2.1.0 and ClickHouse (chdb 4.4.0), reading NDJSON by their own guess of the columns.
#
# Guess: a key that no line of the sample has, and a later line has, is a column of nulls before that line, or an error, as in DuckDB.
# Seen: both leave it out, at the top and within an object, without an error or a warning: a purchase's revenue and currency, where clicks
# came first, are nowhere. polars samples 100 lines, ClickHouse 25,000 (with 20,000 before it the key is there).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check polars==2.1.0 chdb==4.4.0
cat >run.py <<'PY'
import json
import chdb
import polars

PURCHASE = {"id": "a", "metrics": {"value": 1, "revenue": 5}, "currency": "EUR"}


def write(clicks):
    events = [{"id": f"e{n}", "metrics": {"value": 1}} for n in range(clicks)] + [PURCHASE]
    with open("events.ndjson", "w") as file:
        file.write("".join(json.dumps(event) + "\n" for event in events))


def clickhouse():
    query = "SELECT * FROM file('events.ndjson', JSONEachRow) WHERE id = 'a'"
    return str(chdb.query(query, "JSONEachRow")).strip()


for clicks in (50, 200):
    write(clicks)
    print("polars,", clicks, "clicks before:", json.dumps(polars.read_ndjson("events.ndjson").tail(1).to_dicts()[0]))
print("polars, all read:", json.dumps(polars.read_ndjson("events.ndjson", infer_schema_length=None).tail(1).to_dicts()[0]))
for clicks in (20_000, 60_000):
    write(clicks)
    print("ClickHouse,", clicks, "clicks before:", clickhouse())
PY
venv/bin/python run.py | tee out
diff - out <<'SEEN'
polars, 50 clicks before: {"id": "a", "metrics": {"value": 1, "revenue": 5}, "currency": "EUR"}
polars, 200 clicks before: {"id": "a", "metrics": {"value": 1}}
polars, all read: {"id": "a", "metrics": {"value": 1, "revenue": 5}, "currency": "EUR"}
ClickHouse, 20000 clicks before: {"id":"a","metrics":{"revenue":5,"value":1},"currency":"EUR"}
ClickHouse, 60000 clicks before: {"id":"a","metrics":{"value":1}}
SEEN
