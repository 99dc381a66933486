-- Decisions: distinct (tenant, surface, unit, request). Their items: distinct (tenant, surface, unit, request, item); seen where the item was
-- exposed to that unit under that request.
WITH
  decisions AS (
    SELECT
      hash(tenant_id, surface) AS scope,
      hash(tenant_id, request_id) AS request,
      hash(unit_type, unit_id) AS unit,
      items
    FROM counted_events
    WHERE type = 'rec.decision.made.v1'
  ),
  requests AS (
    SELECT scope, count(*) AS requests
    FROM (SELECT any_value(scope) AS scope FROM decisions GROUP BY hash(scope, request, unit))
    GROUP BY scope
  ),
  decided AS (
    SELECT any_value(scope) AS scope, any_value(unit_item) AS unit_item
    FROM (SELECT scope, hash(request, item.item_id, unit) AS unit_item FROM (SELECT *, unnest(items) AS item FROM decisions))
    GROUP BY hash(scope, unit_item)
  ),
  items AS (SELECT scope, count(*) AS items FROM decided GROUP BY scope),
  seen AS (SELECT scope, count(*) AS seen FROM decided SEMI JOIN exposed_items USING (unit_item) GROUP BY scope)
SELECT scope, requests, coalesce(items, 0) AS items, coalesce(seen, 0) AS seen
FROM requests LEFT JOIN items USING (scope) LEFT JOIN seen USING (scope)
