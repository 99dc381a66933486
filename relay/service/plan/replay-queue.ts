/** Name of the queue that replayed dead letters come from: `sightline dlq replay` delivers them to the running relay under it. */
export const REPLAY_QUEUE = "sightline-dlq-replay";
