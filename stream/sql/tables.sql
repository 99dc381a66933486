-- Every event as it came, into the tables of iceberg-tables.sql. What is there twice is there twice in the tables, and
-- `sightline verify --source iceberg` counts it once. No state but the places in the topics.

CREATE TABLE rejected (
  type STRING,
  event_type STRING,
  received_at TIMESTAMP_LTZ(6),
  `source` STRING,
  trace_id STRING,
  payload ROW<event_id STRING, surface STRING, `index` BIGINT, `error` STRING, path STRING, message STRING>,
  metadata ROW<tenant_id STRING, key_kind STRING, session_id STRING>,
  topic STRING METADATA VIRTUAL,
  `partition` INT METADATA VIRTUAL,
  `offset` BIGINT METADATA VIRTUAL,
  published_at TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL
) WITH ('topic' = 'edge.event.rejected.v1') LIKE envelopes;

CREATE TABLE reported WITH ('topic' = 'edge.client.reported.v1') LIKE exposures (OVERWRITING OPTIONS);

INSERT INTO lake.sightline.events
SELECT
  metadata.tenant_id, COALESCE(metadata.key_kind, 'web'), id, type, event_type,
  payload.unit_type, payload.unit_id, payload.request_id, payload.surface, payload.item_id, payload.`position`,
  -- By way of text, since a number that is too large for an INT would become another one, and so makes the list NULL.
  TRY_CAST(
    CAST(payload.items AS ARRAY<ROW<item_id STRING, `position` STRING, placement STRING, score DOUBLE, propensity DOUBLE, basis STRING>>)
    AS ARRAY<ROW<item_id STRING, `position` INT, placement STRING, score DOUBLE, propensity DOUBLE, basis STRING>>
  ),
  payload.experiments, payload.context, payload.metrics, payload.payload, metadata.flags,
  sent_time, occurred_at, received_at, `source`, trace_id, metadata.session_id, payload.seq,
  payload.sample_rate, metadata.sample_rate, metadata.country, metadata.schema, metadata.content_hash,
  topic, `partition`, `offset`, published_at
FROM (
  SELECT * FROM exposures
  UNION ALL SELECT * FROM outcomes
  UNION ALL SELECT * FROM decisions
  UNION ALL SELECT * FROM app_events
);

INSERT INTO lake.sightline.rejects
SELECT
  metadata.tenant_id, COALESCE(metadata.key_kind, 'web'), id, type, event_type,
  payload.event_id, payload.surface, payload.`index`, payload.`error`, payload.path, payload.message,
  occurred_at, received_at, `source`, trace_id, metadata.session_id, topic, `partition`, `offset`, published_at
FROM rejected;

INSERT INTO lake.sightline.client_reports
SELECT
  metadata.tenant_id, COALESCE(metadata.key_kind, 'web'), id, type, event_type,
  payload.unit_type, payload.unit_id, JSON_QUERY(payload.payload, '$.dropped'), JSON_QUERY(payload.payload, '$.previous'),
  sent_time, occurred_at, received_at, `source`, trace_id, metadata.session_id, payload.seq,
  topic, `partition`, `offset`, published_at
FROM reported;
