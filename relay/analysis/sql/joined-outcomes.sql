-- File joined: each outcome with the exposure that it joins, if there is one. $watermark_ms: for so long the exposure
-- of an outcome may be under way; $as_of: the time of the newest event that is known.
SELECT
  outcomes.scope,
  event_type,
  lacks_item,
  item,
  outcomes.unit_item,
  shown.unit_item IS NOT NULL AS is_joined,
  position,
  variants,
  -- Exposed on other surfaces only.
  outcomes.scope NOT IN (a_scope, another_scope) AS is_elsewhere,
  shown.received_at > outcomes.received_at + to_milliseconds($watermark_ms) AS is_late,
  NOT is_joined AND outcomes.unit_item IS NOT NULL AND outcomes.received_at > $as_of::TIMESTAMPTZ - to_milliseconds($watermark_ms) AS is_expected,
  epoch_ms(outcomes.occurred_at) - epoch_ms(shown.occurred_at) AS delay_ms
FROM shown
RIGHT JOIN outcomes USING (unit_item)
