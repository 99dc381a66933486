-- Joined clicks by the position, and by the experiments, of their exposure. clicked: distinct (unit, request, item).
SELECT
  scope,
  position,
  variants,
  count(*) AS clicks,
  count(DISTINCT unit_item) AS clicked,
  count(*) FILTER (is_elsewhere) AS elsewhere
FROM joined
WHERE is_joined AND event_type = 'click'
GROUP BY ALL
