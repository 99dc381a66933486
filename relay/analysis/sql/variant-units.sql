-- Units that were exposed under each variant, on the surfaces that are asked for: what a sample-ratio mismatch is looked for in.
SELECT tenant_id, one.experiment_id AS experiment_id, one.variant_id AS variant_id, count(DISTINCT unit) AS units
FROM (
  SELECT any_value(tenant_id) AS tenant_id, any_value(variants) AS variants, any_value(unit) AS unit
  FROM (
    SELECT tenant_id, hash(tenant_id, surface) AS scope, hash(experiments) AS variants, hash(tenant_id, unit_type, unit_id) AS unit
    FROM counted_events
    WHERE type = 'rec.exposure.recorded.v1' AND len(experiments) > 0
  )
  SEMI JOIN chosen_scopes USING (scope)
  GROUP BY hash(unit, variants)
)
JOIN (SELECT variants, unnest(experiments) AS one FROM variant_lists) USING (variants)
GROUP BY ALL
ORDER BY ALL
