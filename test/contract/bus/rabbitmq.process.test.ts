import { randomUUID } from "node:crypto";
import { describe, inject } from "vitest";
import { rabbitmqAdapter } from "../../../relay/bus/adapters/rabbitmq/adapter.ts";
import { rabbitmqBus } from "../../services/bus-of.ts";
import { busContract } from "./contract.ts";
import { subscriberContract } from "./subscriber-contract.ts";

const rabbitmq = inject("rabbitmq");
const RABBITMQ_URL = "url" in rabbitmq ? rabbitmq.url : "";

describe.skipIf("missing" in rabbitmq)(`on ${"missing" in rabbitmq ? rabbitmq.missing : "a real RabbitMQ"}`, () => {
  busContract("rabbitmq", async () => {
    const prefix = `${randomUUID()}.`;
    return {
      make: async () => rabbitmqBus({ RABBITMQ_URL, RABBITMQ_TOPIC_PREFIX: prefix }),
      topics: [`${prefix}a.v1`, `${prefix}b.v1`],
    };
  });

  subscriberContract("rabbitmq", async () => {
    const prefix = `${randomUUID()}.`;
    return {
      make: async () => rabbitmqBus({ RABBITMQ_URL, RABBITMQ_TOPIC_PREFIX: prefix }),
      topic: () => `${prefix}${randomUUID()}.v1`,
      subscribe: rabbitmqAdapter.capabilities.subscribe!,
    };
  });
});
