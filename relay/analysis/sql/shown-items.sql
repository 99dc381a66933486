-- Table shown: what was exposed of the items that outcomes name, a row for each unit. Exposures of a day before and after the time that is
-- counted are among it, so that its bounds tear no pair apart.
SELECT
  any_value(item) AS item,
  unit_item,
  min(position) AS position,
  min(variants) AS variants,
  min(occurred_at) AS occurred_at,
  min(received_at) AS received_at,
  min(scope) AS a_scope,
  max(scope) AS another_scope
FROM exposed_items
SEMI JOIN outcomes USING (item)
GROUP BY unit_item
