/** A process of its own: reads a topic from its beginning, does nothing with it, and prints how long that took. Its argument is a {@link ConsumeRun} as JSON. */
import { randomUUID } from "node:crypto";
import process from "node:process";
import { Consumer, MessagesStreamModes } from "@platformatic/kafka";
import { createEventBus } from "../../relay/eventbus/index.ts";
import { kafkaServiceBus } from "../../test/services/bus-of.ts";

/** What to do. */
export interface ConsumeRun {
  kind: "bare" | "bus" | "eventbus";
  brokers: string;
  topic: string;
  /** Records that are there. */
  records: number;
}

/** What it came to, from the first record to the last. */
export interface ConsumeFigures {
  ms: number;
  cpuMs: number;
}

const { kind, brokers, topic, records } = JSON.parse(process.argv[2] ?? "") as ConsumeRun;
let began: { at: number; cpu: NodeJS.CpuUsage } | undefined;
let seen = 0;
const done = Promise.withResolvers<void>();
const count = (): void => {
  began ??= { at: performance.now(), cpu: process.cpuUsage() };
  if (++seen === records) done.resolve();
};

const close = await { bare, bus, eventbus }[kind]();
await done.promise;
const { user, system } = process.cpuUsage(began!.cpu);
const figures: ConsumeFigures = { ms: performance.now() - began!.at, cpuMs: (user + system) / 1000 };
console.log(JSON.stringify(figures));
await close();

/** The client as its manual has it, and nothing around it: no commits. */
async function bare(): Promise<() => Promise<void>> {
  const consumer = new Consumer({ clientId: "bench", groupId: randomUUID(), bootstrapBrokers: brokers.split(",") });
  const stream = await consumer.consume({ topics: [topic], mode: MessagesStreamModes.EARLIEST, autocommit: false });
  stream.on("data", count);
  return () => consumer.close(true);
}

/** The bus with a sink that acknowledges at once: commits after 100 records or 5 s. */
async function bus(): Promise<() => Promise<void>> {
  const service = kafkaServiceBus({ KAFKA_BROKERS: brokers });
  const subscription = await service.subscribe(
    {
      topics: [topic],
      group: randomUUID(),
      consumer: "bench",
      from: "earliest",
      batchSize: 500,
      blockMs: 1_000,
      pollTimeoutMs: 10_000,
      commitEvery: 100,
      commitIntervalMs: 5_000,
      drainMs: 5_000,
    },
    {
      async take(deliveries) {
        for (const { ack } of deliveries) {
          count();
          ack();
        }
      },
      drain: async () => {},
      fault: (error) => void (error && done.reject(error)),
    },
  );
  return async () => {
    await subscription.close();
    await service.close();
  };
}

/** The EventBus with a handler that does nothing: the JSON of each message is read, commits and dead letters are on. */
async function eventbus(): Promise<() => Promise<void>> {
  const env = {
    EVENT_PUBLISHER: "kafka",
    KAFKA_BROKERS: brokers,
    EVENT_BUS_VALIDATE_ON_PUBLISH: "false",
    EVENT_BUS_TOPIC_NAMES: "any",
  };
  const service = await createEventBus({ env });
  await service.subscribeStream(topic, count, { group: randomUUID(), batchSize: 500 });
  return () => service.close();
}
