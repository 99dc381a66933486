-- Table orphan_items: items of orphans that were exposed all the same, to another unit.
SELECT DISTINCT item FROM items SEMI JOIN (SELECT item FROM joined WHERE NOT is_joined) USING (item) WHERE is_exposed
