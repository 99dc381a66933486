/**
 * A process that works on one saga, to be killed: `node order-process.ts FOLDER pays|refuses`. What its steps do, and what is told, are lines
 * of a file each, so that they are there whenever it dies.
 */
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { createSagas, defineSaga, migrateSagas, type StepContext } from "../../../../relay/eventbus/saga/index.ts";
import { openSqlite } from "../../../../relay/lib/queryable.ts";

const [folder = "", payment] = process.argv.slice(2);
const effect = ({ idempotencyKey }: StepContext<object>): void => appendFileSync(join(folder, "effects"), `${idempotencyKey}\n`);
const order = defineSaga({
  name: "order",
  steps: [
    { name: "reserve", run: effect, compensate: effect },
    {
      name: "charge",
      run(context) {
        effect(context);
        if (payment === "refuses") throw new Error("no money");
      },
      compensate: effect,
    },
    { name: "send", run: effect },
  ],
});
const bus = {
  async publishStream(_stream: string, event: object) {
    appendFileSync(join(folder, "told"), `${JSON.stringify(event)}\n`);
    return event as never;
  },
};

const db = openSqlite(join(folder, "sagas.db"));
await migrateSagas(db);
const sagas = createSagas({ db, bus, sagas: [order], leaseMs: 150, pollMs: 20 });
await sagas.start("order", "o", {});
await sagas.settle();
process.stdout.write(`${(await sagas.get("o"))?.status}\n`);
