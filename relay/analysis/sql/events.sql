-- How many events of what kind, and what their clocks say.
SELECT
  hash(tenant_id, surface) AS scope,
  event_type,
  count(*) AS events,
  count(*) FILTER (list_contains(flags, 'clock_skewed')) AS clock_skewed,
  count(*) FILTER (list_contains(flags, 'future_timestamp')) AS future_timestamp,
  count(*) FILTER (list_contains(flags, 'old_timestamp')) AS old_timestamp,
  count(*) FILTER (occurred_at > received_at) AS ahead,
  max(epoch_ms(occurred_at) - epoch_ms(received_at)) FILTER (occurred_at > received_at) AS most_ahead_ms
FROM counted_events
GROUP BY ALL
