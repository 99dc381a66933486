import { defineAdapter } from "../../port/adapter.ts";
import { kinesisProblems, kinesisSettings } from "./settings.ts";

export const kinesisAdapter = defineAdapter({
  names: ["kinesis"],
  summary: "one stream for all topics",
  title: "Kinesis",
  system: "kinesis",
  requires: ["@aws-sdk/client-kinesis", "@smithy/node-http-handler"],
  settings: kinesisSettings,
  problems: kinesisProblems,
  async create(options, { topics }) {
    const { createKinesisBus } = await import("./kinesis.ts");
    return createKinesisBus(options, topics);
  },
});
