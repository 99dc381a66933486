-- Logged bandit feedback: one row for each exposure, as docs/events.md has it. propensity: the lowest that its events name, else the lowest of the
-- decision of that item for that unit; null where none does. reward: 1 where an outcome of the type $reward joins, else 0; of an item in
-- several placements it goes to the lowest position. context: of the earliest event.
WITH
  items AS (
    SELECT
      type,
      tenant_id,
      surface,
      request_id,
      item.item_id AS item_id,
      item.position AS position,
      item.placement AS placement,
      item.propensity AS propensity,
      context,
      "timestamp",
      hash(hash(tenant_id, request_id), item.item_id, hash(unit_type, unit_id)) AS unit_item,
      hash(tenant_id, surface, item.placement) AS place
    FROM (SELECT *, unnest(items) AS item FROM counted_events WHERE type IN ('rec.decision.made.v1', 'rec.exposure.recorded.v1'))
    WHERE surface = $surface
  ),
  shown AS (
    SELECT
      unit_item,
      place,
      any_value(request_id) AS request_id,
      any_value(item_id) AS item_id,
      min(position) AS position,
      min(propensity) AS propensity,
      arg_min_null(context, ("timestamp", context)) AS context,
      min("timestamp") AS "timestamp"
    FROM items
    WHERE type = 'rec.exposure.recorded.v1'
    GROUP BY unit_item, place
  ),
  decided AS (
    SELECT unit_item, min(propensity) AS propensity FROM items WHERE type = 'rec.decision.made.v1' GROUP BY unit_item
  ),
  rewarded AS (
    SELECT DISTINCT hash(hash(tenant_id, request_id), item_id, hash(unit_type, unit_id)) AS unit_item
    FROM nearby_events
    WHERE event_type = $reward AND request_id IS NOT NULL AND item_id IS NOT NULL
      AND type IN ('rec.outcome.recorded.v1', 'app.event.recorded.v1')
  )
SELECT
  shown.request_id,
  shown.item_id,
  shown.position,
  coalesce(shown.propensity, decided.propensity) AS propensity,
  (rewarded.unit_item IS NOT NULL
    AND row_number() OVER (PARTITION BY shown.unit_item ORDER BY shown.position, place) = 1)::DOUBLE AS reward,
  shown.context,
  shown."timestamp"
FROM shown
LEFT JOIN decided USING (unit_item)
LEFT JOIN rewarded USING (unit_item)
ORDER BY shown."timestamp", shown.request_id, shown.position, shown.item_id
