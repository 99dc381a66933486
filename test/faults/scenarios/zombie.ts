/** Requests of a relay that is dead by now reach the broker after its successor has done the same work. */
import { join } from "node:path";
import { type KafkaBehindProxy, startKafkaBehindProxy } from "../../services/kafka-behind-proxy.ts";
import { API, type Part } from "../../services/kafka-proxy.ts";
import type { Finding, Scenario, Stage } from "../scenario.ts";
import { conserved, eachOnce, inOrder, noDeadLetters } from "../stage/check.ts";
import { deliverAll } from "../stage/deliver-all.ts";
import { kafkaGround } from "../stage/ground.ts";
import { makeLoad } from "../stage/load.ts";
import { RELAY_TOKEN, relayEnv } from "../stage/relay-env.ts";
import { superviseRelays } from "../stage/relays.ts";
import { takes, until } from "../stage/until.ts";

const EVENTS = 200;

/** What is held back, one after the other. */
type Held = { api: keyof typeof API; part: Part };
const FEW: readonly Held[] = [
  { api: "Produce", part: "request" },
  { api: "EndTxn", part: "request" },
  { api: "EndTxn", part: "response" },
];
const ALL: readonly Held[] = [
  ...FEW,
  { api: "AddPartitionsToTxn", part: "request" },
  { api: "AddOffsetsToTxn", part: "request" },
  { api: "TxnOffsetCommit", part: "request" },
  { api: "Produce", part: "response" },
];

/** The scenario. */
export const zombie: Scenario = {
  name: "zombie",
  needsKafka: true,
  async run(stage) {
    const kafka = await startKafkaBehindProxy();
    try {
      const findings: Finding[] = [];
      for (const { api, part } of stage.size.everyRequest ? ALL : FEW) {
        const { counted, problems } = await haunt(stage, kafka, { api, part });
        findings.push({ counted, problems: problems.map((problem) => `${part} of ${api} held back: ${problem}`) });
      }
      const delivered = findings.reduce((sum, { counted }) => sum + Number(counted["delivered"] ?? 0), 0);
      return { counted: { held: findings.length, delivered }, problems: findings.flatMap(({ problems }) => problems) };
    } finally {
      await kafka.stop();
    }
  },
};

/** Holds one request back until the relay that made it was killed, and its successor has delivered everything. */
async function haunt(stage: Stage, { brokers, proxy }: KafkaBehindProxy, held: Held): Promise<Finding> {
  const { random, folder, say, signal } = stage;
  const ground = kafkaGround(brokers);
  const dataDir = join(folder, `${held.api}-${held.part}`);
  const load = makeLoad({ random, name: `${held.api}-${held.part}`, events: EVENTS });
  const relays = superviseRelays(relayEnv(ground, dataDir));
  await until("a relay that takes", () => takes(relays.url()), signal);
  const hold = proxy.holdNext(API[held.api], held.part);
  const delivering = deliverAll({ url: relays.url, token: RELAY_TOKEN, lanes: load.lanes, signal });
  await Promise.race([
    hold.held,
    delivering.then(() => Promise.reject(new Error(`nothing of ${held.api} was there to be held`))),
  ]);
  say(`the ${held.part} of ${held.api} is held: kill -9`);
  await relays.kill();
  await delivering;
  say("all was delivered: released");
  await hold.release();
  await relays.stop();
  const seen = await ground.read(dataDir);
  const [delivered, duplicates] = [EVENTS, EVENTS];
  const { counted, problems } = conserved(dataDir, { taken: 2 * EVENTS, delivered, duplicates, dead_lettered: 0 });
  problems.push(...eachOnce(load, seen), ...inOrder(load, seen), ...noDeadLetters(seen));
  return { counted: { ...counted }, problems };
}
