-- The Iceberg catalog that tables.sql and attributed-to-iceberg.sql write to. The password of Postgres comes from the file that PGPASSFILE names.
CREATE CATALOG lake WITH (
  'type' = 'iceberg',
  'catalog-impl' = 'org.apache.iceberg.jdbc.JdbcCatalog',
  'uri' = 'jdbc:postgresql://localhost:5432/sightline?user=sightline',
  'jdbc.schema-version' = 'V1',
  'warehouse' = 'file:///var/lib/sightline/warehouse'
);

CREATE DATABASE IF NOT EXISTS lake.sightline;
