-- Every surface that an event names, refused ones among them.
SELECT DISTINCT surface
FROM (SELECT surface FROM counted_events UNION ALL SELECT surface FROM counted_rejects)
WHERE surface IS NOT NULL
ORDER BY surface
LIMIT 100
