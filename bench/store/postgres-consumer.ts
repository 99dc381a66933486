/** A process of its own: consumes what is on the topics from their beginning, into Postgres or into nothing, and prints how long that took. Its argument is a {@link StoreRun} as JSON. */
import { randomUUID } from "node:crypto";
import process from "node:process";
import { kafkaServiceBus } from "../../test/services/bus-of.ts";
import { readConfig } from "../../relay/service/settings/config.ts";
import { runPostgresStore } from "../../relay/stores/postgres/run.ts";
import { measured } from "./measured.ts";

/** What to do. */
export interface StoreRun {
  kind: "discard" | "store";
  brokers: string;
  prefix: string;
  /** Events that are there. */
  events: number;
  databaseUrl: string;
}

const { kind, brokers, prefix, events, databaseUrl } = JSON.parse(process.argv[2] ?? "") as StoreRun;
const env = { EVENT_PUBLISHER: "kafka", KAFKA_BROKERS: brokers, KAFKA_TOPIC_PREFIX: prefix, DATABASE_URL: databaseUrl };
const { bus, postgresStore } = readConfig({ ...env, STORE_POSTGRES_GROUP: randomUUID() });
const { begin, count, fail, figures } = measured(events);

const close = await { discard, store }[kind]();
console.log(JSON.stringify(await figures()));
await close();

/** The same client in the same way, and what it brings is acknowledged at once. */
async function discard(): Promise<() => Promise<void>> {
  const service = kafkaServiceBus(env);
  const { group, batchSize } = postgresStore;
  const topics = [`${prefix}rec.exposure.recorded.v1`];
  const how = { topics, group, consumer: "bench", from: "earliest" as const, batchSize: 1_000 };
  const pace = { blockMs: 1_000, pollTimeoutMs: 15_000, commitEvery: batchSize, commitIntervalMs: 1_000, drainMs: 10_000 };
  const subscription = await service.subscribe(
    { ...how, ...pace },
    {
      async take(deliveries) {
        for (const { ack } of deliveries) ack();
        count(deliveries.length);
      },
      drain: async () => {},
      fault: (error) => void (error && fail(error)),
    },
  );
  begin();
  return async () => {
    await subscription.close();
    await service.close();
  };
}

/** What `sightline store postgres` runs. */
async function store(): Promise<() => Promise<void>> {
  const stop = new AbortController();
  const report = {
    count: (what: string, n: number) => void (what !== "taken" && count(n)),
    refused: () => fail(new Error("an event was refused")),
    failed: (_part: string, error: Error) => fail(error),
    over: () => {},
    upkeep: () => {},
  };
  const ready = Promise.withResolvers<void>();
  const onReady = (): void => {
    begin();
    ready.resolve();
  };
  const running = runPostgresStore({ ...postgresStore, databaseUrl, bus, once: false, signal: stop.signal, report, onReady });
  await Promise.race([ready.promise, running]);
  return async () => {
    stop.abort();
    await running;
  };
}
