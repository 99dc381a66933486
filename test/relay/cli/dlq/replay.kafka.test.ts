import { openBus } from "../../../../relay/bus/port/settle.ts";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Kafka, logLevel } from "kafkajs";
import { afterEach, beforeEach, describe, expect, inject, test, vi } from "vitest";
import { type RelayProcess, startRelayProcess } from "../../../../dev/relay-process.ts";
import { createReadableBus } from "../../../../relay/bus/create.ts";
import { allTopics } from "../../../../relay/bus/port/topics.ts";
import { readConfig } from "../../../../relay/service/settings/config.ts";
import { readCounters, totals } from "../../../../relay/state/counters.ts";
import { freePort } from "../../../services/free-port.ts";
import { limitOf, setLimit } from "../../../services/kafka-limit.ts";
import { sightline } from "../run.ts";
import { deliver, envelope, message, pack } from "../../queue.ts";
import { deadLetterOf } from "./dead-letters.ts";

const RELAY_TOKEN = "a-token-for-the-tests";
const service = inject("kafka");
const brokers = "brokers" in service ? service.brokers : "";

/** The largest batch that a topic takes, bytes. */

describe.skipIf("missing" in service)(
  `sightline dlq replay, on ${"missing" in service ? service.missing : "a real broker"}`,
  () => {
    let env: NodeJS.ProcessEnv;
    let prefix: string;
    let relay: RelayProcess | undefined;

    beforeEach(async () => {
      prefix = `t${randomUUID().slice(0, 8)}.`;
      env = {
        DATA_DIR: mkdtempSync(join(tmpdir(), "sightline-replay-")),
        RELAY_TOKEN,
        RELAY_PORT: String(await freePort()),
        LOG_LEVEL: "silent",
        EVENT_PUBLISHER: "kafka",
        KAFKA_BROKERS: brokers,
        KAFKA_TOPIC_PREFIX: prefix,
        KAFKA_CLIENT_ID: prefix,
      };
    });
    afterEach(async () => {
      await relay?.stop();
      relay = undefined;
      rmSync(env["DATA_DIR"] ?? "", { recursive: true });
    });

    const start = async (more: NodeJS.ProcessEnv = {}): Promise<RelayProcess> => {
      relay = await startRelayProcess({ env: { ...env, ...more }, log: "ignore" });
      const { url } = relay;
      await vi.waitFor(async () => expect((await fetch(`${url}/readyz`)).status).toBe(200), 60_000);
      return relay;
    };
    const run = async (...args: string[]) => {
      const { code, out, err } = await sightline(["dlq", "replay", "--json", ...args], env);
      return { code, err, report: out === "" ? undefined : JSON.parse(out) };
    };
    const withBus = async <T>(work: (bus: Awaited<ReturnType<typeof createReadableBus>>) => Promise<T>): Promise<T> => {
      // Another relay's place: the one that is tested has to be the first in its own.
      const bus = await createReadableBus(readConfig({ ...env, RELAY_SLOT: "filling" }).bus);
      try {
        return await work(bus);
      } finally {
        await bus.close();
      }
    };
    const published = () =>
      withBus(async (bus) => {
        const records = await Array.fromAsync(bus.read({ topics: allTopics(readConfig(env).bus.topics) }));
        return records.filter(({ topic }) => !topic.endsWith(".dlq"));
      });
    const counted = () => totals(readCounters(env["DATA_DIR"] ?? "") ?? []);

    test("the relay is killed in the middle of it: each dead letter's event is on the bus once, and every dead letter is counted once", async () => {
      const events = Array.from({ length: 250 }, (_, n) =>
        envelope({ id: `event-${n}`, request_id: `req-${n % 9}`, items: [{ item_id: `item-${n}` }] }),
      );
      await withBus(async (bus) => {
        // A broker that has just started has no coordinators yet, and one that was just told of a topic may not lead it yet.
        await vi.waitFor(
          async () => {
            const lastBatch = await openBus(bus, allTopics(readConfig(env).bus.topics));
            await bus.publish({ number: lastBatch + 1, records: events.map((event) => deadLetterOf(event, {}, prefix)) });
          },
          { timeout: 60_000, interval: 500 },
        );
      });
      const first = await start({ SIGHTLINE_FAIL_POINT: "after_publish:2" });
      const replaying = run();
      expect(await first.exited).toBe("SIGKILL");
      await start();
      expect(await replaying).toMatchObject({ code: 0, report: { letters: 250, on_bus: 250, not_taken: 0 } });
      const found = await published();
      expect(found.map(({ headers }) => headers["event_id"]).toSorted()).toEqual(events.map(({ id }) => id).toSorted());
      await relay?.stop();
      expect(counted()).toMatchObject({ taken: 250, delivered: 250, duplicates: 0, dead_lettered: 0, held: 0 });
    });

    test("an event that its topic would not take is there, byte for byte, once the topic takes it", async () => {
      const topic = `${prefix}rec.exposure.recorded.v1`;
      const admin = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING }).admin();
      await admin.connect();
      await admin.createTopics({ topics: [{ topic, numPartitions: 1, configEntries: limitOf(2_000) }], waitForLeaders: false });
      const large = JSON.stringify(envelope({ id: "event-large" })).replace('"home"', `"${"h".repeat(4000)}"`);
      const { url } = await start();
      const packs = [pack([envelope({ id: "event-01" }), large, envelope({ id: "event-02" })])];
      expect(
        (
          await deliver(
            url,
            RELAY_TOKEN,
            packs.map((body) => message("m1", body)),
          )
        ).status,
      ).toBe(200);
      expect((await published()).map(({ headers }) => headers["event_id"])).toEqual(["event-01", "event-02"]);

      const before = await run();
      expect(before).toMatchObject({ code: 1, report: { dead_lettered_again: [{ error_code: "record_too_large" }] } });
      await setLimit(admin, topic, 1_000_000);
      await admin.disconnect();
      expect(await run()).toMatchObject({ code: 0, report: { letters: 1, on_bus: 1 } });
      expect((await published()).map(({ value }) => value.toString()).at(-1)).toBe(large);
      await relay?.stop();
      expect(counted()).toMatchObject({ taken: 5, delivered: 3, dead_lettered: 2, held: 0 });
    });
  },
);
