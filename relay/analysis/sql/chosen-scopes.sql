-- Table chosen_scopes: the tenants and surfaces that are asked for. $surface: null for all.
SELECT DISTINCT hash(tenant_id, surface) AS scope, tenant_id, surface
FROM (SELECT tenant_id, surface FROM counted_events UNION ALL SELECT tenant_id, surface FROM counted_rejects)
WHERE $surface::VARCHAR IS NULL OR surface = $surface
