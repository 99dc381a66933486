-- Table request_groups: requests, counted by where they were decided, in one pass over all events. What is under several units or on several
-- surfaces has a row of its own, with its key: there is little of it, and all else needs no grouping any more. So has what was decided without
-- a surface or without a request.
SELECT
  CASE WHEN has_several_units OR has_several_surfaces OR decided = 2 THEN request END AS request,
  has_several_units,
  has_several_surfaces,
  CASE WHEN decided > 0 THEN scope END AS scope,
  count(*) AS requests
FROM (
  SELECT
    request,
    min(unit) <> max(unit) AS has_several_units,
    coalesce(min(scope) <> max(scope), false) AS has_several_surfaces,
    max(decided) AS decided,
    min(scope) AS scope
  FROM (
    SELECT
      hash(tenant_id, request_id) AS request,
      hash(unit_type, unit_id) AS unit,
      CASE WHEN surface IS NOT NULL THEN hash(tenant_id, surface) END AS scope,
      CASE WHEN type <> 'rec.decision.made.v1' THEN 0 WHEN surface IS NULL OR request_id IS NULL THEN 2 ELSE 1 END::UTINYINT AS decided
    FROM counted_events
  )
  GROUP BY request
)
GROUP BY ALL
