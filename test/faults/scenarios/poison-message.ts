/** A message that takes the process down whenever it is decoded, among others that do not. */
import { join } from "node:path";
import type { Finding, Scenario, Stage } from "../scenario.ts";
import { conserved, eachOnce, inOrder } from "../stage/check.ts";
import { deliverAll } from "../stage/deliver-all.ts";
import type { Ground } from "../stage/ground.ts";
import { makeLoad } from "../stage/load.ts";
import { RELAY_TOKEN, relayEnv } from "../stage/relay-env.ts";
import { superviseRelays } from "../stage/relays.ts";

const EVENTS = 300;
const PER_PACK = 10;
/** Once together with its neighbours, then three times alone. */
const CRASHES = 4;

/** The scenario on a bus. */
export function poisonMessage(bus: Ground["name"]): Scenario {
  return { name: `poison-message-${bus}`, needsKafka: bus === "kafka", run: (stage) => run(stage, stage.ground(bus)) };
}

async function run({ random, folder, signal }: Stage, ground: Ground): Promise<Finding> {
  const load = makeLoad({ random, name: "crash", events: EVENTS, perPack: PER_PACK, lanes: 1 });
  const lane = new Map(load.lanes[0]);
  const poison = random.oneOf([...lane.keys()]);
  const lost = new Set(eventIds(lane.get(poison) ?? ""));
  const dataDir = join(folder, "relay");
  const relays = superviseRelays({ ...relayEnv(ground, dataDir), SIGHTLINE_FAIL_POINT: `poison:${poison}` });
  await deliverAll({ url: relays.url, token: RELAY_TOKEN, lanes: [lane], signal, batch: 5 });
  const exit = await relays.stop();
  const seen = await ground.read(dataDir);
  const dead = seen.filter(({ topic }) => topic.endsWith(".dlq"));
  const delivered = EVENTS - PER_PACK;
  const { counted, problems } = conserved(dataDir, { delivered, duplicates: 0 });
  const sum = counted.delivered + counted.dead_lettered;
  if (sum !== counted.taken) problems.push(`counters: taken is ${counted.taken}, delivered and dead-lettered are ${sum}`);
  problems.push(...eachOnce({ ids: load.ids.filter((id) => !lost.has(id)) }, seen), ...inOrder(load, seen));
  if (relays.crashes() !== CRASHES) problems.push(`expected ${CRASHES} crashes, got ${relays.crashes()}`);
  if (exit !== 0) problems.push(`the last relay ended with ${exit}, expected 0`);
  if (dead.length === 0 || !dead.every(({ value }) => value.includes('"error_code":"poison_message"')))
    problems.push(`expected dead letters of poison_message alone, got ${dead.length}: ${dead[0]?.value.slice(-300)}`);
  return { counted: { crashes: relays.crashes(), ...counted }, problems };
}

function eventIds(body: string): string[] {
  return [...body.matchAll(/"event_id":"([^"]+)"/g)].map(([, id = ""]) => id);
}
