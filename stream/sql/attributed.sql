-- Views: each outcome with its exposure, joined by (tenant, unit, request, item) as docs/events.md has it. Append-only.

-- What was seen, an exposure with all of its items: they are taken apart behind the join, so that there is one join for all sinks, with a
-- row for each request in its state and not one for each item.
CREATE TEMPORARY VIEW exposures_by_request AS
SELECT
  metadata.tenant_id AS tenant_id,
  payload.unit_type AS unit_type,
  payload.unit_id AS unit_id,
  payload.request_id AS request_id,
  id AS event_id,
  payload.surface AS surface,
  payload.items AS items,
  payload.experiments AS experiments,
  event_time
FROM shown
-- What has no time joins nothing, and would stop the join.
WHERE payload.request_id IS NOT NULL AND event_time IS NOT NULL;

-- What can join: outcomes, and a project's own events, that name a request and an item.
CREATE TEMPORARY VIEW outcomes_by_request AS
SELECT
  metadata.tenant_id AS tenant_id,
  COALESCE(metadata.key_kind, 'web') AS key_kind,
  id AS event_id,
  event_type,
  payload.surface AS surface,
  payload.unit_type AS unit_type,
  payload.unit_id AS unit_id,
  payload.request_id AS request_id,
  payload.item_id AS item_id,
  payload.experiments AS experiments,
  payload.metrics AS metrics,
  payload.payload AS payload,
  sent_time AS `timestamp`,
  received_at,
  event_time
FROM (SELECT * FROM outcomes UNION ALL SELECT * FROM app_events)
WHERE payload.request_id IS NOT NULL AND payload.item_id IS NOT NULL AND event_time IS NOT NULL;

-- Whichever of the two comes first waits for the other. An outcome can be dated before its exposure, by another clock.
CREATE TEMPORARY VIEW pairs AS
SELECT
  o.tenant_id, o.key_kind, o.event_id, o.event_type, o.surface, o.unit_type, o.unit_id, o.request_id, o.item_id,
  o.experiments, o.metrics, o.payload, o.`timestamp`, CAST(o.event_time AS TIMESTAMP_LTZ(3)) AS occurred_at, o.received_at,
  e.event_id AS exposure_event_id, e.surface AS exposure_surface, e.experiments AS exposure_experiments, e.items,
  -- A sink takes one event time at most, so both are plain times from here on.
  CAST(e.event_time AS TIMESTAMP_LTZ(3)) AS exposed_at
FROM outcomes_by_request AS o
JOIN exposures_by_request AS e
  ON o.tenant_id = e.tenant_id
  AND o.unit_type = e.unit_type
  AND o.unit_id = e.unit_id
  AND o.request_id = e.request_id
  AND o.event_time BETWEEN e.event_time - INTERVAL '1' DAY AND e.event_time + INTERVAL '7' DAY;

-- Each outcome once, by (tenant, key_kind, event_id), with the exposure that was there first: whether there are copies of it, copies of the
-- exposure, or several exposures of the item. So only what joined is remembered, and not the id of every event.
CREATE TEMPORARY VIEW attributed AS
SELECT
  tenant_id, key_kind, event_id, event_type, surface, unit_type, unit_id, request_id, item_id, metrics, payload,
  `timestamp`, occurred_at, received_at, exposure_event_id, exposure_surface, exposed_at,
  `position`, placement, score, propensity, basis,
  CASE WHEN CARDINALITY(exposure_experiments) > 0 THEN exposure_experiments ELSE experiments END AS experiments
FROM (
  SELECT
    p.*, CAST(i.`position` AS INT) AS `position`, i.placement, i.score, i.propensity, i.basis,
    ROW_NUMBER() OVER (PARTITION BY p.tenant_id, p.key_kind, p.event_id ORDER BY PROCTIME() ASC) AS nth
  FROM pairs AS p
  CROSS JOIN UNNEST(p.items) AS i (seen_item_id, `position`, placement, score, propensity, basis)
  -- Stores refuse an event with a position that is no INT.
  WHERE i.seen_item_id = p.item_id AND i.`position` BETWEEN -2147483648 AND 2147483647
)
WHERE nth = 1;
