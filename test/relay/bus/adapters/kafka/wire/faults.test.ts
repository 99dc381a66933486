import { describe, expect, test } from "vitest";
import { all, faultyTopics, KafkaFault, topicFault } from "../../../../../../relay/bus/adapters/kafka/wire/faults.ts";

const said = (topic: string, code: string) => topicFault(topic, code, "as the broker says", new Error(code));
const down = (topic: string) => said(topic, "NOT_ENOUGH_REPLICAS");
const outcome = (...faults: Error[]) => all(faults.map((fault) => Promise.reject(fault))).catch((error: unknown) => error);

const records = ["a", "b", "c"].map((topic) => ({ topic, key: "k", value: Buffer.from("v"), headers: {} }));
const faulty = async (...faults: Error[]) => faultyTopics(await outcome(...faults), records);

describe("who is at fault", () => {
  test.for(["NOT_ENOUGH_REPLICAS", "LEADER_NOT_AVAILABLE", "MESSAGE_TOO_LARGE", "INVALID_RECORD", "TOPIC_AUTHORIZATION_FAILED"])(
    "a topic alone, where brokers say %s of it, however many of its partitions",
    async (code) => {
      expect(await faulty(said("a", code), said("a", code))).toEqual(["a"]);
    },
  );

  test.for(["INVALID_PRODUCER_EPOCH", "CLUSTER_AUTHORIZATION_FAILED", "NOT_COORDINATOR", "INVALID_TXN_STATE"])(
    "not a topic, where brokers say %s in answer to a request about it",
    async (code) => {
      expect(await faulty(said("a", code))).toBeUndefined();
    },
  );

  test("two topics, where a third takes its records; the cluster, where all fail or something else does", async () => {
    expect(await faulty(down("a"), down("b"))).toEqual(["a", "b"]);
    expect(await faulty(down("a"), down("b"), down("c"))).toBeUndefined();
    expect(await faulty(down("a"), new KafkaFault("connection lost", []))).toBeUndefined();
  });
});
