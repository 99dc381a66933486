import { expect, test } from "vitest";
import { lossless } from "../../dev/lossless.ts";

const PRODUCERS = { EVENTS: "events" };
const CONSUMERS = {
  events: { maxBatchSize: 100, maxBatchTimeout: 1, maxRetries: 100, deadLetterQueue: "events-dlq" },
  "events-dlq": { maxBatchSize: 100, maxBatchTimeout: 1, maxRetries: 100, deadLetterQueue: "parked" },
};

test("local queues wait and retry as wrangler.toml says, unless told otherwise", () => {
  const { queueConsumers } = lossless(PRODUCERS, CONSUMERS, { maxBatchTimeout: undefined, maxRetries: undefined });
  expect(queueConsumers).toEqual({ ...CONSUMERS, "events-dlq": { ...CONSUMERS["events-dlq"], deadLetterQueue: "events" } });
  const told = lossless(PRODUCERS, CONSUMERS, { maxBatchTimeout: 0, maxRetries: 3 });
  expect(told.queueConsumers["events"]).toEqual({ ...CONSUMERS.events, maxBatchTimeout: 0, maxRetries: 3 });
});
