-- From exposure to outcome: how many joined outcomes came after how many milliseconds.
SELECT scope, delay_ms, count(*) AS events FROM joined WHERE is_joined GROUP BY ALL
