-- View outcome_events: the events that are outcomes. An outcome is an event of an outcome's type, or of a project's own type that names a
-- request and an item. `item` and `unit_item` are null where it names no request, and so joins nothing.
SELECT
  hash(tenant_id, key_kind, event_id) AS key,
  hash(tenant_id, surface) AS scope,
  event_type::event_name AS event_type,
  item_id IS NULL AS lacks_item,
  CASE WHEN request_id IS NOT NULL THEN hash(hash(tenant_id, request_id), hash(item_id)) END AS item,
  CASE WHEN request_id IS NOT NULL THEN hash(hash(tenant_id, request_id), hash(item_id), hash(unit_type, unit_id)) END AS unit_item,
  occurred_at,
  received_at
FROM counted_events
WHERE type IN ('rec.outcome.recorded.v1', 'app.event.recorded.v1')
  AND (type = 'rec.outcome.recorded.v1' OR (request_id IS NOT NULL AND item_id IS NOT NULL))
