-- From the event to the bus: how many events were there after how many milliseconds.
SELECT hash(tenant_id, surface) AS scope, epoch_ms(published_at) - epoch_ms(occurred_at) AS delay_ms, count(*) AS events
FROM counted_events
GROUP BY ALL
