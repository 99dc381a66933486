/** A process that appends to a stream and publishes it on the local bus, to be killed: `node account-process.ts FOLDER EVENTS`. */
import { join } from "node:path";
import process from "node:process";
import { pino } from "pino";
import { createEventBus } from "../../../../relay/eventbus/create.ts";
import { createEventStore, migrateEventStore } from "../../../../relay/eventbus/event-store/index.ts";
import { openSqlite } from "../../../../relay/lib/queryable.ts";

const [folder = "", events = "0"] = process.argv.slice(2);
const env = { EVENT_PUBLISHER: "local", DATA_DIR: folder, EVENT_BUS_VALIDATE_ON_PUBLISH: "false" };
const bus = await createEventBus({ env, log: pino({ level: "silent" }) });
const db = openSqlite(join(folder, "events.db"));
await migrateEventStore(db);
const store = createEventStore({ db });
for (let n = 0; n < Number(events); n++) {
  const { length } = await store.read("account");
  await store.append("account", [{ event_type: "account.money.paid.v1", amount: length + 1 }], { expectedVersion: length });
}
process.stdout.write(`${await store.publishPending(bus)}\n`);
await bus.close();
