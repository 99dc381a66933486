-- Request ids under more than one unit, or on more than one surface: a row for each tenant and surface that has events of it.
SELECT DISTINCT hash(tenant_id, surface) AS scope, tenant_id, request_id, has_several_units, has_several_surfaces
FROM (SELECT *, hash(tenant_id, request_id) AS request FROM counted_events WHERE request_id IS NOT NULL)
JOIN request_groups USING (request)
WHERE has_several_units OR has_several_surfaces
ORDER BY request_id
