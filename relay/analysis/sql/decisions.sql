-- Decisions: distinct (tenant, surface, unit, request).
SELECT scope, count(*) AS requests
FROM (
  SELECT any_value(scope) AS scope
  FROM (
    SELECT hash(tenant_id, surface) AS scope, hash(tenant_id, request_id) AS request, hash(unit_type, unit_id) AS unit
    FROM counted_events
    WHERE type = 'rec.decision.made.v1'
  )
  GROUP BY hash(scope, request, unit)
)
GROUP BY scope
