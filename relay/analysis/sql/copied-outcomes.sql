-- Table copied_outcomes: outcomes that came more than once, by (tenant, kind of key, id).
SELECT key FROM outcome_events GROUP BY key HAVING count(*) > 1
