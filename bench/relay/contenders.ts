/** A Kafka client of Node. */
export type Client = "kafkajs" | "platformatic";

/** Records in one send of the bare clients, as many as kcat may put into a batch. */
export const BATCH = 500;
/** Records in one transaction: about what fits a round of the relay. */
export const ROUND = 3_500;

/** Something that brings records to a bus, and is measured. */
export interface Contender {
  name: string;
  /** What it is, for the report. */
  what: string;
  kind: "kcat" | "bare" | "relay";
  /** The client that it uses. */
  client?: Client;
  /** Of a bare client: records in one transaction; 0: none, each send by itself. */
  transaction?: number;
  /** Of a relay of another version: its command line's file. */
  cli?: string;
  /** Of a relay: its settings. */
  env?: Readonly<Record<string, string>>;
}

const bare = (client: Client, name: string): Contender[] => [
  { name: client, what: `${name} bare: sends of ${BATCH}, two under way`, kind: "bare", client, transaction: 0 },
  {
    name: `${client}-transactions`,
    what: `the same, a transaction for each ${ROUND}`,
    kind: "bare",
    client,
    transaction: ROUND,
  },
];

const relay = (client: Client, name: string): Contender => {
  const env = { EVENT_PUBLISHER: "kafka" };
  return { name: `relay-${client}`, what: `the relay on ${name}: dedup and transactions`, kind: "relay", client, env };
};

const onPlatformatic = relay("platformatic", "@platformatic/kafka");

/** In the order of a round, those that are compared next to each other. */
export const CONTENDERS: readonly Contender[] = [
  { name: "kcat", what: `kcat (librdkafka): batches of ${BATCH}`, kind: "kcat" },
  ...bare("kafkajs", "kafkajs"),
  ...bare("platformatic", "@platformatic/kafka"),
  onPlatformatic,
  {
    ...onPlatformatic,
    name: "relay-no-dedup",
    what: "the same, and no key is looked up or kept",
    env: { ...onPlatformatic.env, ENABLE_DEDUP: "false" },
  },
  {
    name: "relay-local",
    what: "the relay on its own bus: SQLite, exactly once",
    kind: "relay",
    env: { EVENT_PUBLISHER: "local" },
  },
];
