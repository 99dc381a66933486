/** `kill -9` of the relay, at named places and at random moments. */
import { join } from "node:path";
import type { Place } from "../../../relay/lib/fail-point.ts";
import type { Finding, Scenario, Stage } from "../scenario.ts";
import { conserved, eachOnce, inOrder, noDeadLetters } from "../stage/check.ts";
import { deliverAll } from "../stage/deliver-all.ts";
import type { Ground } from "../stage/ground.ts";
import { makeLoad } from "../stage/load.ts";
import { type Death, superviseRelays } from "../stage/relays.ts";
import { RELAY_TOKEN, relayEnv } from "../stage/relay-env.ts";

/** Places between two durable steps of a round, on each bus. */
const PLACES: Record<Ground["name"], readonly Place[]> = {
  local: ["after_claim", "after_publish", "after_settle", "after_ack"],
  kafka: [
    "after_claim",
    "before_produce",
    "after_produce",
    "before_commit",
    "after_commit",
    "after_publish",
    "after_settle",
    "after_ack",
  ],
};

/** Rounds that a relay may do before the place at which it dies. */
const LATEST_PASS = 3;
/** By then a relay that just listens has opened its bus and done some rounds. */
const LATEST_MS = 900;
/** Lanes of the load, before they are doubled. */
const LANES = 2;
/** How much longer than the plan the load lasts. */
const MARGIN = 1.3;

/** The scenario on a bus. */
export function kills(bus: Ground["name"]): Scenario {
  return {
    name: `kills-${bus}`,
    needsKafka: bus === "kafka",
    run: (stage) => run(stage, stage.ground(bus)),
  };
}

async function run({ random, size, folder, signal }: Stage, ground: Ground): Promise<Finding> {
  const places = PLACES[ground.name].flatMap((place) => Array.from({ length: size.killsAPoint }, () => place));
  const plan: Death[] = random.shuffled([
    ...places.map((place) => ({ place, nth: random.between(1, LATEST_PASS) })),
    ...Array.from({ length: size.randomKills }, () => ({ afterMs: random.between(0, LATEST_MS) })),
  ]);
  const { perPack, paceMs } = limits(size.events, plan);
  const load = makeLoad({ random, name: "kill", events: size.events, perPack, lanes: LANES });
  const dataDir = join(folder, "relay");
  const relays = superviseRelays(relayEnv(ground, dataDir), plan);
  const { url, crashes } = relays;
  const { deliveries, refused } = await deliverAll({ url, token: RELAY_TOKEN, lanes: load.lanes, signal, batch: 1, paceMs });
  const exit = await relays.stop();
  const seen = await ground.read(dataDir);
  const [delivered, duplicates] = [load.ids.length, load.ids.length];
  const { counted, problems } = conserved(dataDir, { taken: 2 * load.ids.length, delivered, duplicates, dead_lettered: 0 });
  if (crashes() < plan.length) problems.push(`${crashes()} of ${plan.length} kills were done before all was delivered`);
  if (exit !== 0) problems.push(`the last relay ended with ${exit}, expected 0`);
  problems.push(...eachOnce(load, seen), ...inOrder(load, seen), ...noDeadLetters(seen));
  return { counted: { kills: crashes(), deliveries, refused, ...counted }, problems };
}

/** Packs and a rate by which the load outlasts the plan, whatever rounds deliveries come to. */
function limits(events: number, plan: readonly Death[]): { perPack: number; paceMs: number } {
  const moments = plan.filter((death) => "afterMs" in death).length;
  const rounds = (plan.length - moments) * LATEST_PASS;
  const perPack = Math.max(1, Math.min(25, Math.floor(events / LANES / (2 * rounds))));
  const spare = Math.ceil(events / LANES / perPack) - rounds;
  return { perPack, paceMs: Math.ceil((MARGIN * moments * LATEST_MS) / spare) };
}
