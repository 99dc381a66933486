-- Table shared_requests: request ids under more than one unit, or on more than one surface.
SELECT
  hash(tenant_id, request_id) AS request,
  min(hash(unit_type, unit_id)) <> max(hash(unit_type, unit_id)) AS has_several_units,
  count(surface) > 0 AND min(hash(surface)) FILTER (surface IS NOT NULL) <> max(hash(surface)) FILTER (surface IS NOT NULL) AS has_several_surfaces
FROM counted_events
WHERE request_id IS NOT NULL
GROUP BY ALL
HAVING has_several_units OR has_several_surfaces
