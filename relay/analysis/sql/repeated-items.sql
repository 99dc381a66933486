-- View repeated_items: what was exposed to a unit more than once.
SELECT repeated AS unit_item FROM item_groups WHERE repeated IS NOT NULL
