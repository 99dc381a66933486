-- Table item_groups: decided and exposed items, counted by where they were decided and whether they were seen, in one pass over both. What was
-- exposed to a unit more than once has a row of its own, with its name: there is little of it, and all else needs no grouping any more.
SELECT
  CASE WHEN exposed > 1 THEN unit_item END AS repeated,
  scope,
  another_scope,
  exposed > 0 AS is_seen,
  count(*) AS items
FROM (
  SELECT
    unit_item,
    min(scope) FILTER (NOT is_exposed) AS scope,
    max(scope) FILTER (NOT is_exposed) AS another_scope,
    count(*) FILTER (is_exposed) AS exposed
  FROM items
  GROUP BY unit_item
)
GROUP BY ALL
