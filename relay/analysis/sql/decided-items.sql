-- Items of decisions: distinct (tenant, surface, unit, request, item); seen where the item was exposed to that unit under that request, which is
-- found in one pass over both. An item that was decided on two surfaces counts on each; of more than two, on two of them.
SELECT scope, another_scope, count(*) AS items, count(*) FILTER (is_seen) AS seen
FROM (
  SELECT
    min(scope) FILTER (NOT is_exposed) AS scope,
    max(scope) FILTER (NOT is_exposed) AS another_scope,
    bool_or(is_exposed) AS is_seen
  FROM items
  GROUP BY unit_item
)
WHERE scope IS NOT NULL
GROUP BY ALL
