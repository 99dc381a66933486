-- Views: what is counted, with the definitions of docs/events.md. They are updated as events come, whenever these come.

-- Figures are written a few times a second, and not once for each event.
SET 'table.exec.mini-batch.enabled' = 'true';
SET 'table.exec.mini-batch.allow-latency' = '1 s';
SET 'table.exec.mini-batch.size' = '5000';

-- The items of exposures, a row each.
CREATE TEMPORARY VIEW exposed_items AS
SELECT
  e.tenant_id, e.surface, e.unit_type, e.unit_id, e.request_id, i.item_id, COALESCE(i.placement, '') AS placement,
  CAST(i.`position` AS INT) AS `position`, e.experiments, e.exposed_at
FROM (
  SELECT
    metadata.tenant_id AS tenant_id,
    COALESCE(payload.surface, '') AS surface,
    payload.unit_type AS unit_type,
    payload.unit_id AS unit_id,
    payload.request_id AS request_id,
    payload.items AS items,
    payload.experiments AS experiments,
    CAST(event_time AS TIMESTAMP_LTZ(3)) AS exposed_at
  FROM shown
) AS e
CROSS JOIN UNNEST(e.items) AS i (item_id, `position`, placement, score, propensity, basis)
-- What lacks one of these is no event to a store, and would be no key to Postgres.
WHERE e.tenant_id IS NOT NULL AND e.exposed_at IS NOT NULL AND i.`position` BETWEEN -2147483648 AND 2147483647;

-- Exposures, each once, at the lowest position that its events name. Its day is that of the first of them.
CREATE TEMPORARY VIEW distinct_exposures AS
SELECT tenant_id, surface, MIN(`position`) AS `position`, CAST(MIN(exposed_at) AS DATE) AS exposed_on
FROM exposed_items
GROUP BY tenant_id, surface, unit_type, unit_id, request_id, item_id, placement;

-- What an outcome joins: the item as it was shown to its unit, on whatever surface.
CREATE TEMPORARY VIEW shown_items AS
SELECT
  tenant_id, unit_type, unit_id, request_id, item_id, MIN(`position`) AS `position`, CAST(MIN(exposed_at) AS DATE) AS exposed_on
FROM exposed_items
GROUP BY tenant_id, unit_type, unit_id, request_id, item_id;

-- Outcomes, each once by (tenant, key_kind, event_id).
CREATE TEMPORARY VIEW distinct_outcomes AS
SELECT tenant_id, event_type, surface, unit_type, unit_id, request_id, item_id, occurred_on
FROM (
  SELECT
    metadata.tenant_id AS tenant_id,
    event_type,
    COALESCE(payload.surface, '') AS surface,
    payload.unit_type AS unit_type,
    payload.unit_id AS unit_id,
    payload.request_id AS request_id,
    payload.item_id AS item_id,
    CAST(occurred_at AS DATE) AS occurred_on,
    ROW_NUMBER() OVER (PARTITION BY metadata.tenant_id, COALESCE(metadata.key_kind, 'web'), id ORDER BY PROCTIME() ASC) AS nth
  FROM (
    SELECT * FROM outcomes
    UNION ALL
    SELECT * FROM app_events WHERE payload.request_id IS NOT NULL AND payload.item_id IS NOT NULL
  )
)
WHERE nth = 1 AND tenant_id IS NOT NULL AND event_type IS NOT NULL AND occurred_on IS NOT NULL;

-- Outcomes that join, with the day and the position of what they join.
CREATE TEMPORARY VIEW joined_outcomes AS
SELECT
  o.tenant_id, o.surface, o.event_type, o.unit_type, o.unit_id, o.request_id, o.item_id, o.occurred_on, s.`position`, s.exposed_on
FROM distinct_outcomes AS o
JOIN shown_items AS s
  ON o.tenant_id = s.tenant_id
  AND o.unit_type = s.unit_type
  AND o.unit_id = s.unit_id
  AND o.request_id = s.request_id
  AND o.item_id = s.item_id;

-- Items that were clicked, and how often.
CREATE TEMPORARY VIEW clicked_items AS
SELECT tenant_id, surface, exposed_on, `position`, COUNT(*) AS clicks
FROM joined_outcomes
WHERE event_type = 'click'
GROUP BY tenant_id, surface, unit_type, unit_id, request_id, item_id, exposed_on, `position`;

-- The same by experiment, for the items that were exposed under one.
CREATE TEMPORARY VIEW exposed_items_by_variant AS
SELECT
  e.tenant_id, e.surface, e.unit_type, e.unit_id, e.request_id, e.item_id, e.placement, x.experiment_id, x.variant_id, e.exposed_at
FROM exposed_items AS e
CROSS JOIN UNNEST(e.experiments) AS x (experiment_id, variant_id)
WHERE x.experiment_id IS NOT NULL AND x.variant_id IS NOT NULL;

CREATE TEMPORARY VIEW distinct_exposures_by_variant AS
SELECT tenant_id, surface, experiment_id, MIN(variant_id) AS variant_id, CAST(MIN(exposed_at) AS DATE) AS exposed_on
FROM exposed_items_by_variant
GROUP BY tenant_id, surface, unit_type, unit_id, request_id, item_id, placement, experiment_id;

CREATE TEMPORARY VIEW shown_items_by_variant AS
SELECT
  tenant_id, unit_type, unit_id, request_id, item_id, experiment_id,
  MIN(variant_id) AS variant_id, CAST(MIN(exposed_at) AS DATE) AS exposed_on
FROM exposed_items_by_variant
GROUP BY tenant_id, unit_type, unit_id, request_id, item_id, experiment_id;

CREATE TEMPORARY VIEW clicked_items_by_variant AS
SELECT o.tenant_id, o.surface, s.exposed_on, s.experiment_id, s.variant_id, COUNT(*) AS clicks
FROM distinct_outcomes AS o
JOIN shown_items_by_variant AS s
  ON o.tenant_id = s.tenant_id
  AND o.unit_type = s.unit_type
  AND o.unit_id = s.unit_id
  AND o.request_id = s.request_id
  AND o.item_id = s.item_id
WHERE o.event_type = 'click'
GROUP BY
  o.tenant_id, o.surface, o.unit_type, o.unit_id, o.request_id, o.item_id, s.exposed_on, s.experiment_id, s.variant_id;
