-- Gaps in the numbers that an SDK gives the events of a session: what is missing between the lowest and the highest was recorded in the page,
-- and is not here. A row for each session with a gap: how many numbers are missing, how many of them the collector refused, and how many
-- events the SDK says that it dropped. In a session that the collector samples, gaps say nothing, and it is left out.
WITH
  reports AS MATERIALIZED (
    SELECT DISTINCT ON (hash(tenant_id, key_kind, event_id)) hash(tenant_id, session_id) AS session, seq, dropped
    FROM counted_reports
  ),
  numbered AS (
    SELECT hash(tenant_id, session_id) AS session, seq, edge_sample_rate
    FROM counted_events
    WHERE session_id IS NOT NULL AND seq IS NOT NULL
    UNION ALL
    SELECT session, seq, NULL FROM reports WHERE session IS NOT NULL AND seq IS NOT NULL
  ),
  -- Which of 64 numbers there are, as bits: to tell distinct numbers of ten million apart one by one takes five times as long.
  numbers AS (
    SELECT session, bit_or(1::UBIGINT << (seq & 63)) AS bits, min(seq) AS lowest, max(seq) AS highest, count(edge_sample_rate) AS sampled
    FROM numbered
    GROUP BY session, seq - (seq & 63)
  ),
  gaps AS MATERIALIZED (
    SELECT session, (max(highest) - min(lowest) + 1 - sum(bit_count(bits)))::BIGINT AS missing
    FROM numbers
    GROUP BY session
    HAVING missing > 0 AND sum(sampled) = 0
  ),
  names AS (
    SELECT DISTINCT hash(tenant_id, session_id) AS session, tenant_id, session_id, surface
    FROM counted_events
    WHERE hash(tenant_id, session_id) IN (SELECT session FROM gaps)
  ),
  named AS (
    SELECT session, any_value(tenant_id) AS tenant_id, any_value(session_id) AS session_id, list(DISTINCT surface) AS surfaces
    FROM names GROUP BY session
  ),
  told AS (
    SELECT session, sum(value::BIGINT)::BIGINT AS dropped
    FROM reports, json_each(dropped)
    WHERE json_type(dropped) = 'OBJECT'
    GROUP BY session
  ),
  refused AS (
    -- The SDK's ids end with the number.
    SELECT session, count(DISTINCT refused_event_id) AS refused
    FROM counted_rejects JOIN named
      ON named.tenant_id = counted_rejects.tenant_id
      AND named.session_id = regexp_extract(refused_event_id, '^(.+)-[0-9]+$', 1)
    GROUP BY session
  )
SELECT tenant_id, session_id, surfaces, missing, coalesce(refused, 0) AS refused, coalesce(dropped, 0) AS dropped
FROM gaps JOIN named USING (session) LEFT JOIN told USING (session) LEFT JOIN refused USING (session)
ORDER BY missing DESC, tenant_id, session_id
