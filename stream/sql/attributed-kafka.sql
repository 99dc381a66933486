CREATE TABLE attributed_topic (
  tenant_id STRING, key_kind STRING, event_id STRING, event_type STRING, surface STRING, unit_type STRING, unit_id STRING, request_id STRING,
  item_id STRING, metrics STRING, payload STRING, `timestamp` TIMESTAMP_LTZ(6), occurred_at TIMESTAMP_LTZ(3), received_at TIMESTAMP_LTZ(6), exposure_event_id STRING, exposure_surface STRING,
  exposed_at TIMESTAMP_LTZ(3), `position` INT, placement STRING, score DOUBLE, propensity DOUBLE, basis STRING,
  experiments ARRAY<ROW<experiment_id STRING, variant_id STRING>>
) WITH (
  'connector' = 'kafka',
  'topic' = 'rec.outcome.attributed.v1',
  'properties.bootstrap.servers' = 'localhost:9092',
  'key.format' = 'raw',
  'key.fields' = 'request_id',
  'format' = 'json',
  'json.timestamp-format.standard' = 'ISO-8601',
  'sink.delivery-guarantee' = 'exactly-once',
  'sink.transactional-id-prefix' = 'sightline.stream.attributed',
  'properties.transaction.timeout.ms' = '600000'
);
INSERT INTO attributed_topic SELECT * FROM attributed;
