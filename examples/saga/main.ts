/**
 * `npx node examples/saga/main.ts`: orders as sagas, on SQLite and the local bus. Stock is reserved, a payment is asked for over the bus and
 * answered by another service, and the parcel goes out. The second order cannot be paid, so what was reserved is released again.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createEventBus } from "@sightline/eventbus";
import { createSagas, migrateSagas, sagaEvents } from "@sightline/eventbus/saga";
import { openSqlite } from "@sightline/eventbus/sqlite";
import { pino } from "pino";
import { z } from "zod";
import { orderSaga } from "./order-saga.ts";

const dataDir = await mkdtemp(join(tmpdir(), "sightline-saga-"));
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const asked = z.looseObject({ correlation_id: z.string(), amount: z.number() });
const bus = await createEventBus({
  env: { EVENT_PUBLISHER: "local", DATA_DIR: dataDir },
  events: {
    ...sagaEvents,
    "payment.charge.requested.v1": asked,
    "payment.charge.accepted.v1": asked,
    "payment.charge.refused.v1": asked,
  },
  log: pino({ level: "silent" }),
});

// Another service: it takes commands, and answers with the id that it was given.
await bus.subscribeStream(
  "transport.payment-commands",
  async ({ correlation_id, amount }) => {
    const answer = Number(amount) > 100 ? "refused" : "accepted";
    const event = { event_type: `payment.charge.${answer}.v1`, correlation_id, amount };
    await bus.publishStream("transport.payment-answers", event, { partitionKey: String(correlation_id) });
  },
  { group: "payments" },
);

const db = openSqlite(join(dataDir, "sagas.db"));
await migrateSagas(db);
const sagas = createSagas({ db, bus, sagas: [orderSaga(bus, say)] });
await bus.subscribeStream("transport.payment-answers", async (event) => void (await sagas.handle(event)), { group: "orders" });

const ended = Promise.withResolvers<void>();
let left = 2;
await bus.subscribeStream(
  "saga.order",
  ({ event_type, saga_id, step, error }) => {
    say(["  told:", saga_id, event_type, step, error].filter((part) => typeof part === "string").join(" "));
    if (event_type === "saga.completed.v1" || event_type === "saga.compensated.v1") left--;
    if (left === 0) ended.resolve();
  },
  { group: "people" },
);

const stop = new AbortController();
const running = sagas.run(stop.signal);
await sagas.start("order", "order-1", { item: "a lamp", amount: 40 });
await sagas.start("order", "order-2", { item: "a sofa", amount: 900 });
await ended.promise;
for (const id of ["order-1", "order-2"]) say(`${id} is ${(await sagas.get(id))?.status}`);

stop.abort();
await running;
await bus.close();
db.close();
await rm(dataDir, { recursive: true });
