import { defineAdapter } from "../../port/adapter.ts";
import { rabbitmqProblems, rabbitmqSettings } from "./settings.ts";

export const rabbitmqAdapter = defineAdapter({
  names: ["rabbitmq"],
  summary: "a topic exchange, and a quorum queue a topic and group",
  capabilities: {
    relay: "at least once",
    service: "at least once",
    orderByKey: true,
    read: false,
    subscribe: { groups: true, earliest: false, everyone: true, lag: false, plans: false },
    largest: "128 MB before 4.0, 16 MB since, RABBITMQ_MAX_RECORD_BYTES",
    tested: "RabbitMQ 3.10, one node: no queue with several replicas, no node that leaves a cluster",
  },
  title: "RabbitMQ",
  system: "rabbitmq",
  requires: ["amqplib"],
  settings: rabbitmqSettings,
  problems: rabbitmqProblems,
  async create(options, { topics }) {
    const { createRabbitmqBus } = await import("./rabbitmq.ts");
    return createRabbitmqBus(options, topics);
  },
  async check(options, { topics }) {
    const { checkRabbitmq } = await import("./check.ts");
    return checkRabbitmq(options, topics);
  },
});
