/** One event of a hundred that the bus will not take, until its cause is gone. */
import { join } from "node:path";
import { type Admin, Kafka, logLevel } from "kafkajs";
import { envelope, pack } from "../../relay/queue.ts";
import { limitOf, setLimit } from "../../services/kafka-limit.ts";
import type { Finding, Scenario, Stage } from "../scenario.ts";
import { conserved, eachOnce } from "../stage/check.ts";
import { sightline } from "../../relay/cli/run.ts";
import { deliverAll } from "../stage/deliver-all.ts";
import type { Ground, Seen } from "../stage/ground.ts";
import type { Random } from "../stage/random.ts";
import { RELAY_TOKEN, relayEnv } from "../stage/relay-env.ts";
import { superviseRelays } from "../stage/relays.ts";

const TOPIC = "rec.exposure.recorded.v1";
const EVENTS = 100;
const POISON = `poison-${EVENTS / 2}`;
/** Bytes of a record batch that the topic takes at first: more than the others have together, less than the poison has alone. */
const SMALL = 30_000;
/** Characters without a pattern, so that no compression makes them small enough. */
const LARGE = 45_000;

/** The scenario. */
export const poisonEvent: Scenario = {
  name: "poison-event",
  needsKafka: true,
  run: (stage) => run(stage, stage.ground("kafka")),
};

async function run({ random, folder, signal }: Stage, ground: Ground): Promise<Finding> {
  const ids = Array.from({ length: EVENTS }, (_, index) => `poison-${index}`);
  const body = pack(ids.map((id) => (id === POISON ? large(id, random) : envelope({ id, copies: 1 }))));
  const limit = await limitedTopic(ground);
  const dataDir = join(folder, "relay");
  const env = relayEnv(ground, dataDir);
  const relays = superviseRelays(env);
  await deliverAll({
    url: relays.url,
    token: RELAY_TOKEN,
    lanes: [
      new Map([
        ["first", body],
        ["again", body],
      ]),
    ],
    signal,
  });
  await relays.stop();
  const before = await ground.read(dataDir);
  const first = conserved(dataDir, { taken: 2 * EVENTS, delivered: EVENTS - 1, dead_lettered: 1, duplicates: EVENTS });
  const problems = [...first.problems, ...eachOnce({ ids: ids.filter((id) => id !== POISON) }, before), ...deadOf(before)];

  await limit(1_000_000);
  const again = superviseRelays(env);
  await deliverAll({ url: again.url, token: RELAY_TOKEN, lanes: [new Map([["first", body]])], signal });
  const replay = await sightline(["dlq", "replay", "--error", "record_too_large"], { ...env, RELAY_URL: again.url() });
  await again.stop();
  if (replay.code !== 0) problems.push(`sightline dlq replay: expected 0, got ${replay.code}: ${replay.err}`);
  const after = await ground.read(dataDir);
  const { counted, ...last } = conserved(dataDir, {
    taken: 2 * EVENTS + 1,
    delivered: EVENTS,
    dead_lettered: 1,
    duplicates: EVENTS,
  });
  problems.push(...last.problems, ...eachOnce({ ids }, after), ...deadOf(after));
  return { counted: { ...counted, replayed: counted.delivered - first.counted.delivered }, problems };
}

function large(id: string, random: Random): string {
  const letters = Array.from({ length: LARGE }, () => String.fromCharCode(random.between(0x30, 0x7a))).join("");
  const event = envelope({ id, copies: 1 });
  return JSON.stringify({ ...event, payload: { ...event.payload, context: { letters } } });
}

/** One dead letter, of the poison, that says why. */
function deadOf(seen: readonly Seen[]): string[] {
  const dead = seen.filter(({ topic }) => topic.endsWith(".dlq"));
  const isRight = dead.length === 1 && dead[0]?.id === POISON && dead[0].value.includes('"error_code":"record_too_large"');
  const got = dead.map(({ id, value }) => `${id} ${/"error_code":"\w+"/.exec(value)?.[0]}`);
  return isRight ? [] : [`expected one dead letter, of ${POISON}, record_too_large, got ${got.join(", ") || "none"}`];
}

/** Makes the topic with a small limit; what it returns sets another. */
async function limitedTopic({ env, prefix }: Ground): Promise<(bytes: number) => Promise<void>> {
  const topic = prefix + TOPIC;
  const asAdmin = async (work: (admin: Admin) => Promise<unknown>): Promise<void> => {
    const admin = new Kafka({ brokers: [String(env["KAFKA_BROKERS"])], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    await work(admin).finally(() => admin.disconnect());
  };
  await asAdmin((admin) => admin.createTopics({ topics: [{ topic, numPartitions: 3, configEntries: limitOf(SMALL) }] }));
  return (bytes) => asAdmin((admin) => setLimit(admin, topic, bytes));
}
