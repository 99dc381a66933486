-- What is in each list of experiments.
SELECT variants, one.experiment_id AS experiment_id, one.variant_id AS variant_id
FROM (SELECT variants, unnest(list_distinct(experiments)) AS one FROM variant_lists)
