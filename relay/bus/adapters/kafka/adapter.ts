import { defineAdapter } from "../../port/adapter.ts";
import { kafkaProblems, kafkaSettings } from "./settings.ts";

export const kafkaAdapter = defineAdapter({
  names: ["kafka", "redpanda"],
  summary: "by the Kafka protocol",
  capabilities: {
    relay: "exactly once",
    service: "at least once",
    orderByKey: true,
    read: true,
    subscribe: { groups: true, earliest: true, everyone: true, lag: true, plans: true },
    largest: "1 MB, as max.message.bytes says",
    tested: "Apache Kafka; Redpanda by its protocol alone",
  },
  title: "Kafka and Redpanda",
  system: "kafka",
  requires: ["@platformatic/kafka"],
  settings: kafkaSettings,
  problems: kafkaProblems,
  async create(options, place) {
    if (place.slot === undefined) return (await import("./service-bus.ts")).createServiceBus(options, place);
    return (await import("./kafka.ts")).createKafkaBus(options, place);
  },
  async check(options, place, groups) {
    const { checkKafka } = await import("./check.ts");
    return checkKafka(options, place, groups);
  },
  async holder(options, place) {
    const { kafkaHolder } = await import("./check.ts");
    return kafkaHolder(options, place);
  },
});
