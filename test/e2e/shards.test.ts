import process from "node:process";
import { describe, expect, inject, test } from "vitest";
import { runShards } from "../shards/run-shards.ts";

const kafka = inject("kafka");

describe.skipIf("missing" in kafka)(`on ${"missing" in kafka ? kafka.missing : "one broker"}`, () => {
  test("a shard more while pages send all events twice, relays are killed and one moves: each event is once, and the counters are exact", async () => {
    const seed = Number(process.env["SIGHTLINE_FAULTS_SEED"] ?? Date.now() % 1_000_000);
    const size = { events: 3_000, perRequest: 30, shards: 3, kills: 1, passes: 2 };
    const brokers = "brokers" in kafka ? kafka.brokers : "";
    const { relays, onBus, problems } = await runShards({ size, seed, brokers, code: inject("collector").code, seconds: 200 });
    expect(problems, `SIGHTLINE_FAULTS_SEED=${seed}; ${JSON.stringify(relays)}`).toEqual([]);
    expect([relays.length, onBus]).toEqual([4, size.events]);
  });
});
