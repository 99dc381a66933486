import { kafkaBus, kafkaServiceBus } from "../../services/bus-of.ts";
import { randomUUID } from "node:crypto";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, inject, test, vi } from "vitest";
import { readConfig } from "../../../relay/service/settings/config.ts";
import { createPublishPolicy } from "../../../relay/bus/policy/publish-policy.ts";
import { type KafkaBehindProxy, startKafkaBehindProxy } from "../../services/kafka-behind-proxy.ts";
import { API, type Part } from "../../services/kafka-proxy.ts";
import { openLed } from "../../services/open-led.ts";

const service = inject("kafka");
const log = pino({ level: "silent" });

describe.skipIf("missing" in service)(
  `an outcome that is unknown, on ${"missing" in service ? service.missing : "a real broker"}`,
  () => {
    let kafka: KafkaBehindProxy;
    beforeAll(async () => void (kafka = await startKafkaBehindProxy()));
    afterAll(() => kafka?.stop());

    const cases: [string, number, Part][] = [
      ["a commit that was done, its response lost,", API.EndTxn, "response"],
      ["a commit that was held back until after the retry", API.EndTxn, "request"],
      ["a produce whose response was lost", API.Produce, "response"],
      ["a produce that was held back until after the retry", API.Produce, "request"],
    ];
    test.for(cases)("%s leaves each event on the bus once", async ([, api, part]) => {
      const place = `t${randomUUID().slice(0, 8)}.`;
      const topic = `${place}a.v1`;
      const env = {
        KAFKA_BROKERS: kafka.brokers,
        KAFKA_TOPIC_PREFIX: place,
        KAFKA_CLIENT_ID: place,
      };
      const bus = kafkaBus(env);
      const numbers = readConfig(env).bus.policy;
      await openLed(bus, kafka.brokers, [topic]);
      const records = Array.from({ length: 20 }, (_, i) => {
        return { topic, key: `k${i % 5}`, value: Buffer.from(String(i)), headers: { event_id: `event-${i}`, tenant_id: "t1" } };
      });
      const hold = kafka.proxy.holdNext(api, part);
      const publishing = createPublishPolicy({ bus, numbers, log }).publish({ number: 1, claimedAt: "", records });
      await hold.held;
      await publishing;
      await hold.release();
      expect(await bus.settle({ number: 1, claimedAt: "" })).toBe("published");
      const after = { ...records[0]!, value: Buffer.from("after"), headers: { event_id: "event-after", tenant_id: "t1" } };
      await bus.publish({ number: 2, records: [after] });

      const read = async () => (await Array.fromAsync(bus.read({ topics: [topic] }))).map(({ value }) => String(value));
      await vi.waitFor(async () => expect(await read()).toContain("after"), 30_000);
      expect((await read()).toSorted()).toEqual([...records.map(({ value }) => String(value)), "after"].toSorted());
      await bus.close();
    });

    test.for(["request", "response"] as const)(
      "a service sends the same again where a produce has lost its %s, and what it gave later does not overtake it",
      async (part) => {
        const place = `t${randomUUID().slice(0, 8)}.`;
        const topic = `${place}a.v1`;
        const settings = { KAFKA_BROKERS: kafka.brokers, KAFKA_TOPIC_PREFIX: place, KAFKA_TOPIC_PARTITIONS: "1" };
        const bus = kafkaServiceBus({ ...settings, KAFKA_PRODUCER_LINGER_MS: "0" });
        await openLed(bus, kafka.brokers, [topic]);
        const publish = (value: string) =>
          bus.publish({ number: 0, records: [{ topic, key: "k", value: Buffer.from(value), headers: {} }] });
        await publish("first");
        const hold = kafka.proxy.holdNext(API.Produce, part);
        const publishing = ["a", "b", "c", "d"].map(publish);
        await hold.held;
        await Promise.all(publishing);
        await hold.release();
        await publish("last");
        const read = await Array.fromAsync(bus.read({ topics: [topic] }));
        expect(read.map(({ value }) => String(value))).toEqual(["first", "a", "b", "c", "d", "last"]);
        await bus.close();
      },
    );
  },
);
