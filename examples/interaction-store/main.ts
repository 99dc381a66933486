/**
 * `npx node examples/interaction-store/main.ts`: records three interactions in the Postgres of DATABASE_URL, one of which is wrong. Before it
 * `sightline outbox migrate`, and after it `sightline outbox --once`.
 */
import { Pool } from "pg";
import { createInteractionStore, INTERACTIONS } from "./interaction-store.ts";

const pool = new Pool({ connectionString: process.env["DATABASE_URL"] });
await pool.query(INTERACTIONS);
const store = createInteractionStore(pool);
const customer = { tenantId: "t1", customerId: "c1", channelId: "web" };

for (const interaction of [
  { ...customer, offerId: "o1", interactionType: "impression" },
  { ...customer, offerId: "o1", interactionType: "click" },
  { ...customer, offerId: "", interactionType: "click" },
] as const) {
  const what = `${interaction.interactionType} of ${interaction.offerId || "no offer"}`;
  await store.record(interaction).then(
    (id) => process.stdout.write(`${what}: recorded and queued as ${id}\n`),
    (error: Error) => process.stdout.write(`${what}: neither recorded nor queued, ${error.message.replaceAll(/\s+/g, " ")}\n`),
  );
}
await pool.end();
