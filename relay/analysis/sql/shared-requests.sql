-- The same by tenant and surface, with their names: a row for each.
SELECT DISTINCT hash(tenant_id, surface) AS scope, tenant_id, request_id, has_several_units, has_several_surfaces
FROM (SELECT *, hash(tenant_id, request_id) AS request FROM counted_events WHERE request_id IS NOT NULL)
JOIN shared_requests USING (request)
ORDER BY request_id
