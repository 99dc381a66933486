/**
 * The interaction store: each interaction of a customer is a row, and `interaction.recorded.v1` is queued in the transaction that inserts
 * it. `sightline outbox` publishes it: if and only if the row is there.
 */
import { createOutbox } from "@sightline/eventbus/outbox";
import type { Pool } from "pg";
import { z } from "zod";

const text = z.string().min(1);

/** What `interaction.recorded.v1` carries. */
export const interactionRecorded = z.object({
  tenantId: text,
  customerId: text,
  offerId: text,
  creativeId: text.optional(),
  channelId: text,
  interactionType: z.enum(["impression", "click", "conversion", "complaint", "unsubscribe"]),
  outcomeTypeKey: text.optional(),
  campaignId: text.optional(),
  recommendationId: text.optional(),
  timestamp: z.iso.datetime(),
});

/** An interaction, as it is recorded. @default timestamp: now */
export type Interaction = Omit<z.input<typeof interactionRecorded>, "timestamp"> & { timestamp?: string };

/** Records interactions. */
export interface InteractionStore {
  /** Inserts the row and queues the event, both or neither; resolves with the event's id. Rejects where a field is wrong, by its name. */
  record(interaction: Interaction): Promise<string>;
}

const COLUMNS = ["tenantId", "customerId", "offerId", "creativeId", "channelId", "interactionType"] as const;

/** The table; `sightline outbox migrate` makes that of the outbox. */
export const INTERACTIONS = `CREATE TABLE IF NOT EXISTS interactions (
  event_id text PRIMARY KEY, ${COLUMNS.map((name) => `"${name}" text`).join(", ")}, recorded_at timestamptz NOT NULL)`;

/** Makes the store. */
export function createInteractionStore(pool: Pool): InteractionStore {
  const outbox = createOutbox({ validate: (event) => void interactionRecorded.parse(event) });
  return {
    async record(interaction) {
      const tx = await pool.connect();
      try {
        await tx.query("BEGIN");
        const event = { ...interaction, event_type: "interaction.recorded.v1" };
        const { event_id, timestamp } = await outbox.queueEvent(tx, "interaction.recorded.v1", event, {
          partitionKey: `${interaction.tenantId}/${interaction.customerId}`,
        });
        await tx.query(
          `INSERT INTO interactions (event_id, ${COLUMNS.map((name) => `"${name}"`).join(", ")}, recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
          [event_id, ...COLUMNS.map((name) => interaction[name] ?? null), timestamp],
        );
        await tx.query("COMMIT");
        return event_id;
      } catch (error) {
        await tx.query("ROLLBACK");
        throw error;
      } finally {
        tx.release();
      }
    },
  };
}
