-- The Iceberg catalog that tables.sql and attributed-to-iceberg.sql write to, by its REST interface, as R2 Data Catalog has it.
-- env: takes the token from the environment of the cluster.
CREATE CATALOG lake WITH (
  'type' = 'iceberg',
  'catalog-type' = 'rest',
  'uri' = 'https://catalog.cloudflarestorage.com/account/bucket',
  'token' = 'env:ICEBERG_TOKEN',
  'warehouse' = 'account_bucket'
);

CREATE DATABASE IF NOT EXISTS lake.sightline;
