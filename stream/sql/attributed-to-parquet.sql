-- Sink: the view attributed as Parquet files. Read part-*: what a killed job was writing stays there as .part-*.inprogress*.
CREATE TABLE attributed_files (
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
  occurred_at TIMESTAMP_LTZ(3),
  received_at TIMESTAMP_LTZ(6),
  exposure_event_id STRING,
  exposure_surface STRING,
  exposed_at TIMESTAMP_LTZ(3),
  `position` INT,
  placement STRING,
  score DOUBLE,
  propensity DOUBLE,
  basis STRING,
  experiments ARRAY<ROW<experiment_id STRING, variant_id STRING>>
) WITH (
  'connector' = 'filesystem',
  'path' = 'file:///var/lib/sightline/attributed',
  'format' = 'parquet'
);

INSERT INTO attributed_files SELECT * FROM attributed;
