-- Exposures: distinct (tenant, surface, unit, request, item, placement). Where events of one exposure disagree, the lowest position counts, the
-- strongest basis, and one of the lists of experiments: so the figures are the same in whatever order the events came.
SELECT scope, position, basis, variants, count(*) AS exposures
FROM (
  SELECT
    any_value(scope) AS scope,
    min(position) AS position,
    min(basis) AS basis,
    min(variants) AS variants
  FROM exposed_items
  WHERE is_counted
  GROUP BY hash(scope, unit_item, placement)
)
GROUP BY ALL
