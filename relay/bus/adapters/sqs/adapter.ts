import { defineAdapter } from "../../port/adapter.ts";
import { sqsProblems, sqsSettings } from "./settings.ts";

export const sqsAdapter = defineAdapter({
  names: ["sqs"],
  summary: "a queue for each topic and group; cannot be read from its beginning",
  capabilities: {
    relay: "at least once",
    service: "at least once",
    // Of standard queues. SQS_FIFO=true keeps it.
    orderByKey: false,
    read: false,
    subscribe: { groups: true, earliest: true, everyone: false, lag: true, plans: false },
    largest: "1 MiB with its key and headers",
    tested: "moto, an emulator: no throttling, and nothing comes twice, late or out of order by itself",
  },
  title: "SQS",
  system: "aws_sqs",
  requires: ["@aws-sdk/client-sqs", "@smithy/node-http-handler"],
  settings: sqsSettings,
  problems: sqsProblems,
  async create(options) {
    const { createSqsBus } = await import("./sqs.ts");
    return createSqsBus(options);
  },
  async check(options, { topics }) {
    const { checkSqs } = await import("./check.ts");
    return checkSqs(options, topics);
  },
});
