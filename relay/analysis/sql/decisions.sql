-- Decisions: distinct (tenant, surface, unit, request).
SELECT scope, sum(requests)::BIGINT AS requests
FROM (
  SELECT scope, requests FROM request_groups WHERE request IS NULL AND scope IS NOT NULL
  UNION ALL
  SELECT scope, count(DISTINCT hash(request, unit))
  FROM (
    SELECT hash(tenant_id, surface) AS scope, hash(tenant_id, request_id) AS request, hash(unit_type, unit_id) AS unit
    FROM counted_events
    WHERE type = 'rec.decision.made.v1'
  )
  SEMI JOIN request_groups USING (request)
  GROUP BY scope
)
GROUP BY scope
