/**
 * Every environment variable of the relay and the command line: name, default, unit and meaning, declared once, here and in the folder
 * `settings`.
 *
 * Names and defaults of the event bus's own settings are those that its users know from their platform; REDPANDA_* are aliases.
 */
import { z } from "zod";
import { cloudflare } from "./cloudflare.ts";
import { kafka } from "../../bus/adapters/kafka/settings.ts";
import { flag, text } from "../../lib/setting-kinds.ts";
import { kinesis } from "../../bus/adapters/kinesis/settings.ts";
import { policy } from "../../bus/policy/settings.ts";
import { relay } from "./relay.ts";

/** The schema of the environment. A setting's description is its line in `sightline config`. */
export const settings = z.object({
  EVENT_PUBLISHER: z
    .enum(["local", "kafka", "redpanda", "kinesis", "memory"])
    .prefault("local")
    .describe(
      "the bus: local (a SQLite file in DATA_DIR), kafka or redpanda (the same, by the Kafka protocol), kinesis, or memory (for tests: gone with the process)",
    ),
  ENABLE_EVENT_BUS: flag("true").describe("false: the relay takes nothing, and the queue keeps the events"),
  ...kafka,
  ...kinesis,
  DLQ_TOPIC_SUFFIX: text.prefault(".dlq").describe("put after a topic's name for its dead letters"),
  ENABLE_DLQ: flag("true").describe(
    "false: what can never be delivered stays in its queue, and ends in the queue's own dead letters",
  ),
  ...policy,
  ...relay,
  ...cloudflare,
});

/** The settings as the relay uses them. */
export type Config = z.output<typeof settings>;

/** Variables whose values are never shown. */
export const SECRETS: ReadonlySet<string> = new Set(["RELAY_TOKEN", "KAFKA_SASL_PASSWORD", "CLOUDFLARE_API_TOKEN"]);

/** Other names that a variable may come under; its own name wins. */
export const ALIASES: Readonly<Record<string, keyof Config>> = {
  KAFKA_BOOTSTRAP_SERVERS: "KAFKA_BROKERS",
  REDPANDA_BOOTSTRAP_SERVERS: "KAFKA_BROKERS",
  AWS_REGION: "KINESIS_REGION",
  ...Object.fromEntries(
    Object.keys(settings.shape)
      .filter((name) => name.startsWith("KAFKA_"))
      .map((name) => [name.replace("KAFKA_", "REDPANDA_"), name as keyof Config]),
  ),
};
