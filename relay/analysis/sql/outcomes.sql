-- Outcomes by type: joined / (joined + orphans) is the join rate.
SELECT
  scope,
  event_type,
  count(*) AS outcomes,
  count(*) FILTER (is_joined) AS joined,
  count(*) FILTER (is_joined AND is_late) AS late,
  count(*) FILTER (NOT is_joined) AS orphans,
  count(*) FILTER (is_expected) AS expected,
  count(*) FILTER (NOT is_joined AND item IN (SELECT item FROM orphan_items)) AS of_other_units,
  count(*) FILTER (unit_item IS NULL) AS missing_request_id,
  count(*) FILTER (lacks_item) AS missing_item_id,
  count(*) FILTER (is_joined AND delay_ms < 0) AS before_exposure
FROM joined
GROUP BY ALL
