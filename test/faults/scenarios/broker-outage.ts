/** `kill -9` of the broker in the middle, for a while. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startKafka } from "../../services/kafka.ts";
import type { Scenario } from "../scenario.ts";
import { conserved, eachOnce, inOrder, noDeadLetters } from "../stage/check.ts";
import { deliverAll } from "../stage/deliver-all.ts";
import { kafkaGround } from "../stage/ground.ts";
import { makeLoad } from "../stage/load.ts";
import { RELAY_TOKEN, relayEnv } from "../stage/relay-env.ts";
import { superviseRelays } from "../stage/relays.ts";

/** A short outage needs a breaker that opens and tries again within it; a long one is met by the defaults. */
const QUICK = { EVENT_BUS_CIRCUIT_BREAKER_FAILURE_THRESHOLD: "2", EVENT_BUS_CIRCUIT_BREAKER_TIMEOUT_SECONDS: "1" };
const STATES = ["OPEN", "HALF_OPEN", "CLOSED"];

/** The scenario. */
export const brokerOutage: Scenario = {
  name: "broker-outage",
  needsKafka: true,
  async run({ random, size, folder, say, signal }) {
    const kafka = await startKafka();
    try {
      const ground = kafkaGround(kafka.brokers);
      const dataDir = join(folder, "relay");
      const load = makeLoad({ random, name: "outage", events: size.events });
      const relays = superviseRelays({ ...relayEnv(ground, dataDir), ...(size.outageSeconds < 30 ? QUICK : {}) });
      const half = Promise.withResolvers<void>();
      const messages = load.lanes.reduce((sum, lane) => sum + lane.size, 0);
      const onAck = (left: number): void => void (left < messages / 2 && half.resolve());
      const { url } = relays;
      const delivering = deliverAll({ url, token: RELAY_TOKEN, lanes: load.lanes, signal, batch: 1, onAck });
      await Promise.race([half.promise, delivering]);
      await kafka.kill();
      say(`the broker is killed, for ${size.outageSeconds} s`);
      await sleep(size.outageSeconds * 1000);
      await kafka.start();
      say("the broker is back");
      const { deliveries, refused } = await delivering;
      const breaker = await breakerTimes(url());
      await relays.stop();
      const seen = await ground.read(dataDir);
      const [delivered, duplicates] = [load.ids.length, load.ids.length];
      const { counted, problems } = conserved(dataDir, { taken: 2 * load.ids.length, delivered, duplicates, dead_lettered: 0 });
      problems.push(...eachOnce(load, seen), ...inOrder(load, seen), ...noDeadLetters(seen), ...wrongOrder(breaker));
      if (refused === 0) problems.push("no delivery was refused while the broker was away");
      return { counted: { breaker: STATES.join(" "), deliveries, refused, ...counted }, problems };
    } finally {
      await kafka.stop();
    }
  },
};

/** When the breaker of the whole bus last came into each state, seconds since 1970, by the relay's metrics. */
async function breakerTimes(url: string): Promise<Map<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const samples = text.matchAll(
    /^sightline_breaker_transition_timestamp_seconds\{(?=[^}]*name="cluster")[^}]*state="(\w+)"[^}]*\} (\S+)/gm,
  );
  return new Map([...samples].map(([, state = "", seconds]) => [state, Number(seconds)]));
}

function wrongOrder(times: ReadonlyMap<string, number>): string[] {
  const found = STATES.map((state) => times.get(state));
  const isRight = found.every((time, at) => time !== undefined && (at === 0 || time >= (found[at - 1] ?? Infinity)));
  return isRight ? [] : [`the breaker's states in the metrics: expected ${STATES.join(", ")}, got ${JSON.stringify([...times])}`];
}
