-- Table variant_lists: each list of experiments under which items were exposed, by its key. variants: the pairs in it.
SELECT hash(experiments) AS variants, any_value(experiments) AS experiments
FROM nearby_events
WHERE type = 'rec.exposure.recorded.v1' AND len(experiments) > 0
GROUP BY ALL
