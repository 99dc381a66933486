-- Items of decisions: distinct (tenant, surface, unit, request, item); seen where the item was exposed to that unit under that request, which is
-- found in one pass over both. An item that was decided on two surfaces counts on each; of more than two, on two of them.
SELECT scope, another_scope, count(*) AS items, count(*) FILTER (is_seen) AS seen
FROM (
  SELECT
    min(scope) FILTER (is_decision) AS scope,
    max(scope) FILTER (is_decision) AS another_scope,
    bool_or(NOT is_decision) AS is_seen
  FROM (
    SELECT
      type = 'rec.decision.made.v1' AS is_decision,
      hash(tenant_id, surface) AS scope,
      hash(tenant_id, request_id) AS request,
      hash(unit_type, unit_id) AS unit,
      unnest(items) AS item
    FROM nearby_events
    WHERE (type = 'rec.decision.made.v1' AND is_counted) OR type = 'rec.exposure.recorded.v1'
  )
  GROUP BY hash(request, item.item_id, unit)
)
WHERE scope IS NOT NULL
GROUP BY ALL
