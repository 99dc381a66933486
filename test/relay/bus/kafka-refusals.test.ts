import { describe, expect, test } from "vitest";
import { all, KafkaFault } from "../../../relay/src/bus/kafka-producer.ts";
import { soleTopic, topicFault } from "../../../relay/src/bus/kafka-refusals.ts";

const said = (topic: string, code: string) => topicFault(topic, code, "as the broker says", new Error(code));
const outcome = (...faults: Error[]) => all(faults.map((fault) => Promise.reject(fault))).catch((error: unknown) => error);

describe("who is at fault", () => {
  test.for(["NOT_ENOUGH_REPLICAS", "LEADER_NOT_AVAILABLE", "MESSAGE_TOO_LARGE", "INVALID_RECORD", "TOPIC_AUTHORIZATION_FAILED"])(
    "a topic alone, where brokers say %s of it, however many of its partitions",
    async (code) => {
      expect(soleTopic(await outcome(said("a", code), said("a", code)))).toBe("a");
    },
  );

  test.for(["INVALID_PRODUCER_EPOCH", "CLUSTER_AUTHORIZATION_FAILED", "NOT_COORDINATOR", "INVALID_TXN_STATE"])(
    "not a topic, where brokers say %s in answer to a request about it",
    async (code) => {
      expect(soleTopic(await outcome(said("a", code)))).toBeUndefined();
    },
  );

  test("not one topic, where two fail, or something else fails beside it", async () => {
    expect(soleTopic(await outcome(said("a", "NOT_ENOUGH_REPLICAS"), said("b", "NOT_ENOUGH_REPLICAS")))).toBeUndefined();
    expect(soleTopic(await outcome(said("a", "NOT_ENOUGH_REPLICAS"), new KafkaFault("connection lost", [])))).toBeUndefined();
  });
});
