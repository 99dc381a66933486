-- Table outcomes: one row for each outcome. An outcome is an event of an outcome's type, or of a project's own type that names a request and an
-- item; copies, by (tenant, kind of key, id), are one. `item` and `unit_item` are null where it names no request, and so joins nothing.
SELECT DISTINCT ON (hash(tenant_id, key_kind, event_id))
  hash(tenant_id, surface) AS scope,
  event_type,
  request_id IS NULL AS lacks_request,
  item_id IS NULL AS lacks_item,
  CASE WHEN request_id IS NOT NULL THEN hash(hash(tenant_id, request_id), item_id) END AS item,
  CASE WHEN request_id IS NOT NULL THEN hash(hash(tenant_id, request_id), item_id, hash(unit_type, unit_id)) END AS unit_item,
  occurred_at,
  received_at
FROM counted_events
WHERE type = 'rec.outcome.recorded.v1'
  OR (type = 'app.event.recorded.v1' AND request_id IS NOT NULL AND item_id IS NOT NULL)
