import { randomUUID } from "node:crypto";
import { describe, inject } from "vitest";
import { rebuildSuite } from "./rebuild-suite.ts";

const kafka = inject("kafka");

describe.skipIf("missing" in kafka)(`on ${"missing" in kafka ? kafka.missing : "a real broker"}`, () => {
  rebuildSuite("Kafka", () => {
    const place = `t${randomUUID().slice(0, 8)}.`;
    const KAFKA_BROKERS = "brokers" in kafka ? kafka.brokers : "";
    return { EVENT_PUBLISHER: "kafka", KAFKA_BROKERS, KAFKA_TOPIC_PREFIX: place, KAFKA_CLIENT_ID: place };
  });
});
