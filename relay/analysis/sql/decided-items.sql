-- Items of decisions: distinct (tenant, surface, unit, request, item); seen where the item was exposed to that unit under that request. An item
-- that was decided on two surfaces counts on each; of more than two, on two of them.
SELECT scope, another_scope, sum(items)::BIGINT AS items, coalesce(sum(items) FILTER (is_seen), 0)::BIGINT AS seen
FROM item_groups
WHERE scope IS NOT NULL
GROUP BY ALL
