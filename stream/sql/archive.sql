-- The files of `sightline store parquet` into the tables of iceberg-tables.sql, all of them or none: `sightline stream import` runs it, with
-- a folder of the files that count now.

SET 'execution.runtime-mode' = 'batch';

CREATE TEMPORARY TABLE archived_events WITH (
  'connector' = 'filesystem',
  'path' = 'file:///var/lib/sightline/import/events',
  'format' = 'parquet'
) LIKE lake.sightline.events (EXCLUDING OPTIONS);

CREATE TEMPORARY TABLE archived_rejects WITH (
  'connector' = 'filesystem',
  'path' = 'file:///var/lib/sightline/import/rejects',
  'format' = 'parquet'
) LIKE lake.sightline.rejects (EXCLUDING OPTIONS);

CREATE TEMPORARY TABLE archived_client_reports WITH (
  'connector' = 'filesystem',
  'path' = 'file:///var/lib/sightline/import/client_reports',
  'format' = 'parquet'
) LIKE lake.sightline.client_reports (EXCLUDING OPTIONS);

INSERT INTO lake.sightline.events SELECT * FROM archived_events;

INSERT INTO lake.sightline.rejects SELECT * FROM archived_rejects;

INSERT INTO lake.sightline.client_reports SELECT * FROM archived_client_reports;
