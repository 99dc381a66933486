-- Up Migration

-- The definitions are those of docs/events.md.

-- One row for each distinct (tenant, surface, unit, request, item, placement). Where events of it disagree, the lowest position counts, with what its
-- event says beside, and the strongest basis; exposed_at is when it was exposed first. nth is the item's place in its event.
CREATE VIEW exp.exposures AS
SELECT DISTINCT ON (e.tenant_id, e.unit_type, e.unit_id, e.request_id, i.item_id, coalesce(e.surface, ''), coalesce(i.placement, ''))
  e.tenant_id, e.surface, e.unit_type, e.unit_id, e.request_id, i.item_id, i.placement, i.position, i.score, i.propensity,
  (ARRAY['viewable', 'click', 'vouched'])[min(array_position(ARRAY['viewable', 'click', 'vouched'], i.basis)) OVER same] AS basis,
  e.experiments, e.context, min(e.occurred_at) OVER same AS exposed_at, e.key_kind, e.event_id, i.nth, e."timestamp", e.received_at
FROM exp.events AS e
CROSS JOIN LATERAL ROWS FROM (jsonb_to_recordset(e.items)
  AS (item_id text COLLATE "C", "position" integer, placement text COLLATE "C", score double precision, propensity double precision, basis text))
  WITH ORDINALITY AS i(item_id, "position", placement, score, propensity, basis, nth)
WHERE e.type = 'rec.exposure.recorded.v1'
WINDOW same AS (
  PARTITION BY e.tenant_id, e.unit_type, e.unit_id, e.request_id, i.item_id, coalesce(e.surface, ''), coalesce(i.placement, ''))
ORDER BY e.tenant_id, e.unit_type, e.unit_id, e.request_id, i.item_id, coalesce(e.surface, ''), coalesce(i.placement, ''),
  i.position, e."timestamp", e.key_kind, e.event_id, i.nth;

-- One row for each outcome, with the exposure of its (tenant, unit, request, item) at the lowest position where there is one, on whatever surface: joined,
-- else an orphan. delay is that from when it was exposed first.
CREATE VIEW exp.attributed AS
SELECT o.tenant_id, o.key_kind, o.event_id, o.event_type, o.surface, o.unit_type, o.unit_id, o.request_id, o.item_id,
  o.metrics, o.payload, o."timestamp", o.occurred_at, o.received_at,
  x.event_id IS NOT NULL AS joined,
  x.event_id AS exposure_event_id, x.surface AS exposure_surface, x.exposed_at,
  x.position, x.placement, x.score, x.propensity, x.basis,
  coalesce(nullif(x.experiments, '[]'), o.experiments) AS experiments,
  o.occurred_at - x.exposed_at AS delay
FROM exp.events AS o
LEFT JOIN (
  SELECT DISTINCT ON (tenant_id, unit_type, unit_id, request_id, item_id)
    tenant_id, unit_type, unit_id, request_id, item_id, event_id, surface, "position", placement, score, propensity, basis, experiments,
    min(exposed_at) OVER (PARTITION BY tenant_id, unit_type, unit_id, request_id, item_id) AS exposed_at
  FROM exp.exposures
  ORDER BY tenant_id, unit_type, unit_id, request_id, item_id, "position", "timestamp", key_kind, event_id, nth
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
