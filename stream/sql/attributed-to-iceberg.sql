-- Sink: the view attributed as an Iceberg table, in the catalog of iceberg.sql.
CREATE TABLE IF NOT EXISTS lake.sightline.attributed (
  tenant_id STRING,
  key_kind STRING,
  event_id STRING,
  event_type STRING,
  surface STRING,
  unit_type STRING,
  unit_id STRING,
  request_id STRING,
  item_id STRING,
  metrics STRING,
  payload STRING,
  `timestamp` TIMESTAMP_LTZ(6),
  occurred_at TIMESTAMP_LTZ(6),
  received_at TIMESTAMP_LTZ(6),
  exposure_event_id STRING,
  exposure_surface STRING,
  exposed_at TIMESTAMP_LTZ(6),
  `position` INT,
  placement STRING,
  score DOUBLE,
  propensity DOUBLE,
  basis STRING,
  experiments ARRAY<ROW<experiment_id STRING, variant_id STRING>>
) WITH ('format-version' = '2');

INSERT INTO lake.sightline.attributed SELECT * FROM attributed;
