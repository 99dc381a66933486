-- Table joined: each outcome with the exposure that it joins, if there is one. $watermark_ms: for so long the exposure of an outcome may be
-- under way; $as_of: the time of the newest event that is known.
SELECT
  outcomes.scope,
  event_type,
  lacks_request,
  lacks_item,
  outcomes.unit_item,
  shown.unit_item IS NOT NULL AS is_joined,
  position,
  variants,
  -- Exposed on other surfaces only.
  outcomes.scope NOT IN (a_scope, another_scope) AS is_elsewhere,
  shown.received_at > outcomes.received_at + to_milliseconds($watermark_ms) AS is_late,
  NOT is_joined AND NOT lacks_request AND outcomes.received_at > $as_of::TIMESTAMPTZ - to_milliseconds($watermark_ms) AS is_expected,
  NOT is_joined AND item IN (SELECT item FROM shown) AS is_of_other_unit,
  epoch_ms(outcomes.occurred_at) - epoch_ms(shown.occurred_at) AS delay_ms
FROM outcomes
LEFT JOIN (SELECT * EXCLUDE (item) FROM shown) AS shown USING (unit_item)
