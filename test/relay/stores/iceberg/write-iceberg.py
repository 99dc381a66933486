"""Writes Parquet files into an Iceberg table, as pyiceberg does: each file a snapshot. Argument: a JSON object."""
import json
import sys

import pyarrow.parquet
from pyiceberg.catalog.sql import SqlCatalog

given = json.loads(sys.argv[1])
catalog = SqlCatalog(given["name"], **given["properties"])
catalog.create_namespace_if_not_exists("raw")
rows = [pyarrow.parquet.read_table(path) for path in given["files"]]
table = catalog.create_table_if_not_exists("raw." + given["table"], schema=rows[0].schema)
for one in rows:
    table.append(one)
for old, new in given.get("rename", {}).items():
    with table.update_schema() as change:
        change.rename_column(old, new)
print(table.metadata_location)
