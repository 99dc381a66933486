import { defineAdapter } from "../../port/adapter.ts";
import { mskProblems, mskSettings } from "./settings.ts";

export const mskAdapter = defineAdapter({
  names: ["msk", "aws_msk"],
  summary: "Kafka of Amazon, by IAM or SCRAM",
  capabilities: {
    relay: "exactly once",
    service: "at least once",
    orderByKey: true,
    read: true,
    subscribe: { groups: true, earliest: true, everyone: true, lag: true, plans: true },
    largest: "1 MB, as message.max.bytes says",
    tested: "as kafka; the logins against Apache Kafka, with tokens that nobody signed; not against AWS",
  },
  title: "MSK",
  system: "kafka",
  requires: ["@platformatic/kafka", "aws-msk-iam-sasl-signer-js"],
  settings: mskSettings,
  problems: mskProblems,
  async create(options, place) {
    return (await import("./msk.ts")).createMskBus(options, place);
  },
  async check(options, place, groups) {
    return (await import("./msk.ts")).checkMsk(options, place, groups);
  },
  async holder(options, place) {
    return (await import("./msk.ts")).mskHolder(options, place);
  },
});
