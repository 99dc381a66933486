-- Settings of every job, for Flink 2.3 (https://nightlies.apache.org/flink/flink-docs-release-2.3/docs/deployment/config).

SET 'execution.runtime-mode' = 'streaming';
SET 'parallelism.default' = '2';

-- Places in the topics, state, and what the sinks have written but not confirmed yet, together.
SET 'execution.checkpointing.interval' = '30 s';
SET 'execution.checkpointing.mode' = 'EXACTLY_ONCE';
SET 'execution.checkpointing.dir' = 'file:///var/lib/sightline/checkpoints';
SET 'execution.checkpointing.externalized-checkpoint-retention' = 'RETAIN_ON_CANCELLATION';
-- Else a failing job begins again for ever, and nothing that waits for it hears of it.
SET 'restart-strategy.type' = 'exponential-delay';
SET 'restart-strategy.exponential-delay.attempts-before-reset-backoff' = '10';

-- Days are those of UTC.
SET 'table.local-time-zone' = 'UTC';
SET 'pipeline.object-reuse' = 'true';

-- How long state waits for what belongs to it: an event may come 35 days after it happened, and 7 after its exposure.
SET 'table.exec.state.ttl' = '44 d';

-- One join for all sinks of a job. Without it each INSERT has a join of its own.
SET 'table.optimizer.reuse-optimize-block-with-digest-enabled' = 'true';
