/**
 * `npx node examples/event-sourcing/main.ts`: an account as a stream of events, on SQLite and the local bus. A deposit is appended to the version
 * that it is based on; the balance is rebuilt from a snapshot and what came after it; what is appended is published in order.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createEventBus } from "@sightline/eventbus";
import { ConcurrencyError, createEventStore, createProjection, migrateEventStore } from "@sightline/eventbus/event-store";
import { openSqlite } from "@sightline/eventbus/sqlite";
import { pino } from "pino";
import { z } from "zod";

const dataDir = await mkdtemp(join(tmpdir(), "sightline-events-"));
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const bus = await createEventBus({
  env: { EVENT_PUBLISHER: "local", DATA_DIR: dataDir },
  events: { "account.money.deposited.v1": z.looseObject({ amount: z.number() }) },
  log: pino({ level: "silent" }),
});
const db = openSqlite(join(dataDir, "events.db"));
await migrateEventStore(db);
const store = createEventStore({ db });
const balanceOf = createProjection({
  db,
  store,
  shape: "balance.1",
  initial: 0,
  apply: (balance, { amount }) => balance + Number(amount),
  snapshotEvery: 3,
});
const deposit = async (account: string, amount: number, expectedVersion: number): Promise<void> => {
  await store.append(account, [{ event_type: "account.money.deposited.v1", amount }], { expectedVersion });
  await store.publishPending(bus);
};

for (const [version, amount] of [10, 20, 30, 40].entries()) await deposit("account-1", amount, version);

for (const times of ["first", "second"]) {
  const { state, version, replayed } = await balanceOf("account-1");
  say(`the ${times} time: a balance of ${state} at version ${version}, from ${replayed} events behind the last snapshot`);
}

try {
  await deposit("account-1", 50, 2);
} catch (error) {
  if (!(error instanceof ConcurrencyError)) throw error;
  say(`refused: ${error.message}`);
}

const all = Promise.withResolvers<void>();
await bus.subscribeStream(
  "eventstore.all-events",
  ({ stream_id, stream_version, amount }) => {
    say(`on the bus: ${String(stream_id)} ${String(stream_version)}, ${String(amount)}`);
    if (stream_version === 4) all.resolve();
  },
  { group: "people" },
);
await all.promise;

await bus.close();
db.close();
await rm(dataDir, { recursive: true });
