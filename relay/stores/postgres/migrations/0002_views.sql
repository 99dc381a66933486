-- Up Migration

-- One row for each distinct (tenant, unit, request, item, placement): the earliest exposure of it; nth is the item's place in its event.
CREATE VIEW exp.exposures AS
SELECT DISTINCT ON (e.tenant_id, e.unit_type, e.unit_id, e.request_id, i.item_id, coalesce(i.placement, ''))
  e.tenant_id, e.unit_type, e.unit_id, e.request_id, i.item_id, i.placement, i.position, i.score, i.propensity, i.basis,
  i.nth, e.surface, e.experiments, e.context, e.key_kind, e.event_id, e."timestamp", e.occurred_at, e.received_at
FROM exp.events AS e
CROSS JOIN LATERAL ROWS FROM (jsonb_to_recordset(e.items)
  AS (item_id text COLLATE "C", "position" integer, placement text COLLATE "C", score double precision, propensity double precision, basis text))
  WITH ORDINALITY AS i(item_id, "position", placement, score, propensity, basis, nth)
WHERE e.type = 'rec.exposure.recorded.v1'
ORDER BY e.tenant_id, e.unit_type, e.unit_id, e.request_id, i.item_id, coalesce(i.placement, ''),
  e."timestamp", e.key_kind, e.event_id, i.nth;

-- One row for each outcome, with the earliest exposure of its (tenant, unit, request, item) where there is one: joined, else an orphan.
CREATE VIEW exp.attributed AS
SELECT o.tenant_id, o.key_kind, o.event_id, o.event_type, o.unit_type, o.unit_id, o.request_id, o.item_id,
  o.surface, o.metrics, o.payload, o."timestamp", o.occurred_at, o.received_at,
  x.event_id IS NOT NULL AS joined,
  x.event_id AS exposure_event_id, x.occurred_at AS exposed_at, x.surface AS exposure_surface,
  x.position, x.placement, x.score, x.propensity, x.basis,
  coalesce(nullif(x.experiments, '[]'), o.experiments) AS experiments,
  o.occurred_at - x.occurred_at AS delay
FROM exp.events AS o
LEFT JOIN (
  SELECT DISTINCT ON (tenant_id, unit_type, unit_id, request_id, item_id) *
  FROM exp.exposures
  ORDER BY tenant_id, unit_type, unit_id, request_id, item_id, "timestamp", key_kind, event_id, nth
) AS x USING (tenant_id, unit_type, unit_id, request_id, item_id)
WHERE o.type = 'rec.outcome.recorded.v1'
  OR (o.type = 'app.event.recorded.v1' AND o.request_id IS NOT NULL AND o.item_id IS NOT NULL);

-- Each metric of each type of event, by the variant that was in force: numbers alone, an event once for each of its variants.
CREATE VIEW exp.metrics_by_variant AS
SELECT e.tenant_id, v.experiment_id, v.variant_id, e.event_type, m.key AS metric,
  count(*) AS events, count(DISTINCT (e.unit_type, e.unit_id)) AS units,
  sum(n.value) AS sum, avg(n.value) AS mean, stddev_samp(n.value) AS stddev, min(n.value) AS min, max(n.value) AS max,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY n.value) AS p50, percentile_cont(0.95) WITHIN GROUP (ORDER BY n.value) AS p95
FROM exp.events AS e
CROSS JOIN LATERAL (SELECT DISTINCT experiment_id, variant_id FROM jsonb_to_recordset(e.experiments) AS x(experiment_id text, variant_id text)) AS v
CROSS JOIN LATERAL jsonb_each(e.metrics) AS m
CROSS JOIN LATERAL (SELECT (CASE WHEN jsonb_typeof(m.value) = 'number' THEN m.value #>> '{}' END)::double precision AS value) AS n
WHERE n.value IS NOT NULL
GROUP BY e.tenant_id, v.experiment_id, v.variant_id, e.event_type, m.key;
