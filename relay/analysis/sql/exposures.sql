-- Exposures: distinct (tenant, surface, unit, request, item, placement). Where events of one exposure disagree, the lowest position counts, the
-- strongest basis, and one of the lists of experiments: so the figures are the same in whatever order the events came.
SELECT scope, position, basis, variants, count(*) AS exposures
FROM (
  SELECT scope, position, basis, variants
  FROM items ANTI JOIN repeated_items USING (unit_item)
  WHERE is_exposed AND is_counted
  UNION ALL
  SELECT any_value(scope), min(position), min(basis), min(variants)
  FROM items SEMI JOIN repeated_items USING (unit_item)
  WHERE is_exposed AND is_counted
  GROUP BY hash(scope, unit_item, place)
)
GROUP BY ALL
