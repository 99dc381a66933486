-- Sources: a table for each type of envelope, as the relay publishes them to Kafka (docs/events.md).
-- Types are told, and not guessed. A name in another case would be NULL without a word.

-- What the tables below have in common; it is read by none.
CREATE TABLE envelopes (
  id STRING,
  -- To the microsecond; nanoseconds are cut. When it happened: no retry changes it.
  occurred_at TIMESTAMP_LTZ(6),
  event_time AS CAST(occurred_at AS TIMESTAMP_LTZ(3)),
  -- How late an event may come and still be joined here. What comes later is joined by the batch recount (docs/stream.md).
  WATERMARK FOR event_time AS event_time - INTERVAL '7' DAY
) WITH (
  'connector' = 'kafka',
  'properties.bootstrap.servers' = 'localhost:9092',
  'properties.group.id' = 'sightline.stream',
  -- Without it Flink also reads what transactions took back.
  'properties.isolation.level' = 'read_committed',
  'scan.startup.mode' = 'earliest-offset',
  -- Small pieces: of the default, 1 MB, many outlive two collections of the heap and have to be cleared from among the state.
  'properties.max.partition.fetch.bytes' = '131072',
  -- A topic that is quiet holds nothing up for longer; one that stands still for as long as an event may be late loses what it then brings.
  'scan.watermark.idle-timeout' = '1 h',
  'format' = 'json',
  'json.timestamp-format.standard' = 'ISO-8601'
);

CREATE TABLE exposures (
  type STRING,
  event_type STRING,
  -- When the collector had it.
  received_at TIMESTAMP_LTZ(6),
  `source` STRING,
  trace_id STRING,
  payload ROW<
    unit_type STRING,
    unit_id STRING,
    request_id STRING,
    surface STRING,
    item_id STRING,
    `position` BIGINT,
    items ARRAY<ROW<item_id STRING, `position` BIGINT, placement STRING, score DOUBLE, propensity DOUBLE, basis STRING>>,
    experiments ARRAY<ROW<experiment_id STRING, variant_id STRING>>,
    context STRING,
    metrics STRING,
    payload STRING,
    `timestamp` STRING,
    seq BIGINT,
    sample_rate DOUBLE>,
  metadata ROW<
    tenant_id STRING,
    key_kind STRING,
    session_id STRING,
    flags ARRAY<STRING>,
    schema STRING,
    country STRING,
    content_hash STRING,
    sample_rate DOUBLE>,
  topic STRING METADATA VIRTUAL,
  `partition` INT METADATA VIRTUAL,
  `offset` BIGINT METADATA VIRTUAL,
  published_at TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL,
  -- As it was sent, with +00:00 as well, which the format would not read.
  sent_time AS TRY_CAST(REPLACE(REPLACE(REPLACE(payload.`timestamp`, 'T', ' '), '+00:00', ''), 'Z', '') AS TIMESTAMP_LTZ(6))
) WITH ('topic' = 'rec.exposure.recorded.v1') LIKE envelopes;

CREATE TABLE outcomes WITH ('topic' = 'rec.outcome.recorded.v1') LIKE exposures (OVERWRITING OPTIONS);
CREATE TABLE app_events WITH ('topic' = 'app.event.recorded.v1') LIKE exposures (OVERWRITING OPTIONS);
CREATE TABLE decisions WITH ('topic' = 'rec.decision.made.v1') LIKE exposures (OVERWRITING OPTIONS);

-- Exposures again, with no more than what is counted of them: Flink reads all columns of a table of Kafka, and most envelopes are exposures.
CREATE TABLE shown (
  payload ROW<
    unit_type STRING,
    unit_id STRING,
    request_id STRING,
    surface STRING,
    items ARRAY<ROW<item_id STRING, `position` BIGINT, placement STRING, score DOUBLE, propensity DOUBLE, basis STRING>>,
    experiments ARRAY<ROW<experiment_id STRING, variant_id STRING>>>,
  metadata ROW<tenant_id STRING>
) WITH ('topic' = 'rec.exposure.recorded.v1') LIKE envelopes;
