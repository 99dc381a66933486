-- Refused events by code; a request that was sent again made no second one.
SELECT hash(tenant_id, surface) AS scope, error, event_type, count(DISTINCT (key_kind, event_id)) AS events
FROM counted_rejects
GROUP BY scope, tenant_id, error, event_type
