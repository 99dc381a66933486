-- Sinks: figures in Postgres, in the tables of postgres.sql. The password comes from the file that PGPASSFILE names.
-- STATE_TTL 0s: a figure is kept for good, whatever table.exec.state.ttl says. Else it would begin again at 1.

CREATE TABLE ctr_by_position (
  tenant_id STRING,
  surface STRING,
  exposed_on DATE,
  `position` INT,
  exposures BIGINT,
  clicks BIGINT,
  clicked BIGINT,
  PRIMARY KEY (tenant_id, surface, exposed_on, `position`) NOT ENFORCED
) WITH (
  'connector' = 'jdbc',
  'driver' = 'org.postgresql.Driver',
  'url' = 'jdbc:postgresql://localhost:5432/sightline?user=sightline',
  'table-name' = 'exp.stream_ctr_by_position'
);

INSERT INTO ctr_by_position
SELECT /*+ STATE_TTL('u' = '0s') */
  tenant_id, surface, exposed_on, `position`, SUM(exposures), SUM(clicks), SUM(clicked)
FROM (
  SELECT
    tenant_id, surface, exposed_on, `position`,
    CAST(1 AS BIGINT) AS exposures, CAST(0 AS BIGINT) AS clicks, CAST(0 AS BIGINT) AS clicked
  FROM distinct_exposures
  UNION ALL
  SELECT tenant_id, surface, exposed_on, `position`, 0, clicks, 1 FROM clicked_items
) AS u
GROUP BY tenant_id, surface, exposed_on, `position`;

CREATE TABLE outcomes_by_day (
  tenant_id STRING,
  surface STRING,
  occurred_on DATE,
  event_type STRING,
  outcomes BIGINT,
  joined BIGINT,
  PRIMARY KEY (tenant_id, surface, occurred_on, event_type) NOT ENFORCED
) WITH (
  'connector' = 'jdbc',
  'driver' = 'org.postgresql.Driver',
  'url' = 'jdbc:postgresql://localhost:5432/sightline?user=sightline',
  'table-name' = 'exp.stream_outcomes'
);

INSERT INTO outcomes_by_day
SELECT /*+ STATE_TTL('u' = '0s') */
  tenant_id, surface, occurred_on, event_type, SUM(outcomes), SUM(joined)
FROM (
  SELECT tenant_id, surface, occurred_on, event_type, CAST(1 AS BIGINT) AS outcomes, CAST(0 AS BIGINT) AS joined FROM distinct_outcomes
  UNION ALL
  SELECT tenant_id, surface, occurred_on, event_type, 0, 1 FROM joined_outcomes
) AS u
GROUP BY tenant_id, surface, occurred_on, event_type;

CREATE TABLE ctr_by_variant (
  tenant_id STRING,
  surface STRING,
  exposed_on DATE,
  experiment_id STRING,
  variant_id STRING,
  exposures BIGINT,
  clicks BIGINT,
  clicked BIGINT,
  PRIMARY KEY (tenant_id, surface, exposed_on, experiment_id, variant_id) NOT ENFORCED
) WITH (
  'connector' = 'jdbc',
  'driver' = 'org.postgresql.Driver',
  'url' = 'jdbc:postgresql://localhost:5432/sightline?user=sightline',
  'table-name' = 'exp.stream_ctr_by_variant'
);

INSERT INTO ctr_by_variant
SELECT /*+ STATE_TTL('u' = '0s') */
  tenant_id, surface, exposed_on, experiment_id, variant_id, SUM(exposures), SUM(clicks), SUM(clicked)
FROM (
  SELECT
    tenant_id, surface, exposed_on, experiment_id, variant_id,
    CAST(1 AS BIGINT) AS exposures, CAST(0 AS BIGINT) AS clicks, CAST(0 AS BIGINT) AS clicked
  FROM distinct_exposures_by_variant
  UNION ALL
  SELECT tenant_id, surface, exposed_on, experiment_id, variant_id, 0, clicks, 1 FROM clicked_items_by_variant
) AS u
GROUP BY tenant_id, surface, exposed_on, experiment_id, variant_id;
