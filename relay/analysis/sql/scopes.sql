-- The tenants and surfaces that are asked for.
SELECT scope, tenant_id, surface FROM chosen_scopes ORDER BY tenant_id, surface
