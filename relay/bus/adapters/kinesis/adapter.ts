import { defineAdapter } from "../../port/adapter.ts";
import { kinesisProblems, kinesisSettings } from "./settings.ts";

export const kinesisAdapter = defineAdapter({
  names: ["kinesis"],
  summary: "one stream for all topics",
  capabilities: {
    relay: "once, found by looking",
    service: "at least once",
    orderByKey: true,
    read: true,
    subscribe: { groups: true, earliest: true, everyone: true, lag: false, plans: false },
    largest: "1 MiB with its key",
    tested: "moto, an emulator: no throttling of its own, no fan-out, no encryption",
  },
  title: "Kinesis",
  system: "kinesis",
  requires: ["@aws-sdk/client-dynamodb", "@aws-sdk/client-kinesis", "@smithy/node-http-handler"],
  settings: kinesisSettings,
  problems: kinesisProblems,
  async create(options, { topics }) {
    const { createKinesisBus } = await import("./kinesis.ts");
    return createKinesisBus(options, topics);
  },
});
