-- File items: the items of decisions and exposures, a row each.
-- scope: the tenant and surface. item: the tenant, request and item, whatever the unit. unit_item: the same of one unit, by which an
-- outcome joins. Keys are 64-bit hashes, which are compared faster than text: that two of ten million differ and are taken for one has a
-- probability of 1 in 360,000.
SELECT
  is_exposed,
  is_counted,
  scope,
  hash(request, hash(item.item_id)) AS item,
  hash(request, hash(item.item_id), unit) AS unit_item,
  item.position AS position,
  hash(item.placement) AS place,
  CASE item.basis WHEN 'viewable' THEN 1 WHEN 'click' THEN 2 WHEN 'vouched' THEN 3 ELSE 4 END::UTINYINT AS basis,
  variants,
  occurred_at,
  received_at
FROM (
  SELECT
    type = 'rec.exposure.recorded.v1' AS is_exposed,
    is_counted,
    hash(tenant_id, surface) AS scope,
    hash(tenant_id, request_id) AS request,
    hash(unit_type, unit_id) AS unit,
    CASE WHEN is_exposed THEN hash(experiments) END AS variants,
    occurred_at,
    received_at,
    unnest(items) AS item
  FROM nearby_events
  WHERE type IN ('rec.decision.made.v1', 'rec.exposure.recorded.v1') AND (is_counted OR type = 'rec.exposure.recorded.v1')
)
