-- View shown: what was exposed, a row for each item and unit. Exposures of a day before and after the time that is counted are among it, so
-- that its bounds tear no pair apart.
SELECT unit_item, position, variants, occurred_at, received_at, scope AS a_scope, scope AS another_scope
FROM items ANTI JOIN repeated_items USING (unit_item)
WHERE is_exposed
UNION ALL
SELECT unit_item, min(position), min(variants), min(occurred_at), min(received_at), min(scope), max(scope)
FROM items SEMI JOIN repeated_items USING (unit_item)
WHERE is_exposed
GROUP BY unit_item
