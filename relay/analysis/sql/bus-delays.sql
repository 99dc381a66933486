-- From the event to the bus: how many events were there after how many milliseconds. Who writes a table may not know when the bus had them.
SELECT hash(tenant_id, surface) AS scope, epoch_ms(published_at) - epoch_ms(occurred_at) AS delay_ms, count(*) AS events
FROM counted_events
WHERE published_at IS NOT NULL
GROUP BY ALL
