-- View outcomes, where some came more than once: copies are one. Where none did, it is outcome_events, and the ids are not read again.
SELECT * FROM outcome_events ANTI JOIN copied_outcomes USING (key)
UNION ALL
SELECT DISTINCT ON (key) * FROM outcome_events SEMI JOIN copied_outcomes USING (key)
