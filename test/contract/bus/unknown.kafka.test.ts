import { randomUUID } from "node:crypto";
import { connect, type Socket } from "node:net";
import { pino } from "pino";
import { describe, expect, inject, test, vi } from "vitest";
import { createKafkaBus } from "../../../relay/src/bus/kafka.ts";
import { readConfig } from "../../../relay/src/config.ts";
import { createPublishPolicy } from "../../../relay/src/policy/publish-policy.ts";

const kafka = inject("kafka");
const log = pino({ level: "silent" });

/** https://kafka.apache.org/protocol#protocol_api_keys */
const API = { Produce: 0, EndTxn: 26 };

type Fault = "answer lost" | "request held back";

/** Sockets that play a fault on the first request of an API, once. `release` sends what is held back. */
function faultySockets(api: number, fault: Fault) {
  const held: (() => void)[] = [];
  let played = 0;
  const socketFactory = ({ host, port, onConnect }: { host: string; port: number; onConnect: () => void }): Socket => {
    const socket = connect({ host, port }, onConnect);
    const write = socket.write.bind(socket) as (data: Buffer) => boolean;
    socket.write = (data: unknown) => {
      // A frame is its size in four bytes, then the API's key in two; kafkajs writes a request at once.
      if (played > 0 || (data as Buffer).readInt16BE(4) !== api) return write(data as Buffer);
      played++;
      if (fault === "request held back") return held.push(() => write(data as Buffer)) > 0;
      socket.pause();
      return write(data as Buffer);
    };
    return socket;
  };
  return { socketFactory, played: () => played, release: () => held.forEach((send) => send()) };
}

describe.skipIf("missing" in kafka)(
  `an outcome that is unknown, on ${"missing" in kafka ? kafka.missing : "a real broker"}`,
  () => {
    const cases: [string, number, Fault][] = [
      ["a commit that was done, its answer lost,", API.EndTxn, "answer lost"],
      ["a commit that was held back until after the retry", API.EndTxn, "request held back"],
      ["a produce whose answer was lost", API.Produce, "answer lost"],
      ["a produce that was held back until after the retry", API.Produce, "request held back"],
    ];
    test.for(cases)("%s leaves each event on the bus once", async ([, api, fault]) => {
      const place = `t${randomUUID().slice(0, 8)}.`;
      const topic = `${place}a.v1`;
      const numbers = readConfig({
        EVENT_PUBLISHER: "kafka",
        KAFKA_BROKERS: "brokers" in kafka ? kafka.brokers : "",
        KAFKA_TOPIC_PREFIX: place,
        KAFKA_CLIENT_ID: place,
      });
      const sockets = faultySockets(api, fault);
      const bus = createKafkaBus(numbers, sockets as unknown as Parameters<typeof createKafkaBus>[1]);
      await bus.open([topic]);
      const records = Array.from({ length: 20 }, (_, i) => {
        return { topic, key: `k${i % 5}`, value: Buffer.from(String(i)), headers: { event_id: `event-${i}`, tenant_id: "t1" } };
      });
      await createPublishPolicy({ bus, numbers, log }).publish({ number: 1, records });
      expect(sockets.played()).toBe(1);
      sockets.release();
      expect(await bus.settle({ number: 1, claimedAt: "" })).toBe("published");
      await bus.publish({ number: 2, records: [{ ...records[0]!, value: Buffer.from("after") }] });

      const reader = createKafkaBus(numbers);
      const read = async () => (await Array.fromAsync(reader.read({ topics: [topic] }))).map(({ value }) => String(value));
      await vi.waitFor(async () => expect(await read()).toContain("after"));
      expect((await read()).toSorted()).toEqual([...records.map(({ value }) => String(value)), "after"].toSorted());
      await Promise.all([bus.close(), reader.close()]);
    });
  },
);
