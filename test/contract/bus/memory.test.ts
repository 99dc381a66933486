import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { withoutNumbers } from "../../../relay/bus/adapters/local/sqlite-bus.ts";
import { memoryAdapter } from "../../../relay/bus/adapters/memory/adapter.ts";
import { createMemoryBus } from "../../../relay/bus/adapters/memory/memory.ts";
import { busContract } from "./contract.ts";
import { subscriberContract } from "./subscriber-contract.ts";

busContract("memory", async () => {
  const place = randomUUID();
  return { make: async () => createMemoryBus({ place }), topics: ["a.v1", "b.v1"] };
});

subscriberContract("memory", async () => {
  const place = randomUUID();
  let topics = 0;
  return {
    make: async () => withoutNumbers(createMemoryBus({ place })),
    topic: () => `system.topic-${++topics}`,
    subscribe: memoryAdapter.capabilities.subscribe!,
  };
});

test("two places hold nothing in common", async () => {
  const [one, other] = [createMemoryBus({ place: randomUUID() }), createMemoryBus({ place: randomUUID() })];
  await one.publish({ number: 1, records: [{ topic: "a.v1", key: "k", value: Buffer.from("{}"), headers: {} }] });
  expect(await Array.fromAsync(one.read({ topics: ["a.v1"] }))).toHaveLength(1);
  expect(await Array.fromAsync(other.read({ topics: ["a.v1"] }))).toEqual([]);
  expect(await other.open([])).toEqual({ lastBatch: 0 });
});
