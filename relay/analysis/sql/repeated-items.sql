-- Table repeated_items: what was exposed to a unit more than once. There is little of it, so that all else needs no sorting out.
SELECT unit_item FROM items WHERE is_exposed GROUP BY unit_item HAVING count(*) > 1
