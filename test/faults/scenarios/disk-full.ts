/** The disk of the relay is full for a while. */
import { join } from "node:path";
import { mountSmallDisk } from "../../services/small-disk.ts";
import type { Finding, Scenario, Stage } from "../scenario.ts";
import { conserved, eachOnce, inOrder, noDeadLetters } from "../stage/check.ts";
import { deliverAll } from "../stage/deliver-all.ts";
import type { Ground } from "../stage/ground.ts";
import { type Lane, makeLoad } from "../stage/load.ts";
import { refusedBecause } from "../stage/refused-because.ts";
import { RELAY_TOKEN, relayEnv } from "../stage/relay-env.ts";
import { superviseRelays } from "../stage/relays.ts";

const DISK_BYTES = 64 * 1024 * 1024;
const EVENTS = 1_000;

/** The scenario on a bus. */
export function diskFull(bus: Ground["name"]): Scenario {
  return { name: `disk-full-${bus}`, needsKafka: bus === "kafka", run: (stage) => run(stage, stage.ground(bus)) };
}

async function run({ random, say, signal }: Stage, ground: Ground): Promise<Finding> {
  const disk = await mountSmallDisk(DISK_BYTES);
  try {
    const load = makeLoad({ random, name: "full", events: EVENTS });
    const dataDir = join(disk.folder, "relay");
    const relays = superviseRelays(relayEnv(ground, dataDir));
    const deliver = (lanes: Lane[]) => deliverAll({ url: relays.url, token: RELAY_TOKEN, lanes, signal });
    await deliver(load.lanes.map((lane) => part(lane, 0, 0.5)));
    await disk.fill();
    const delivering = deliver(load.lanes.map((lane) => part(lane, 0.5, 1)));
    const reason = await Promise.race([refusedBecause(relays.url, signal), delivering.then(() => "")]);
    say(`the disk is full: ${reason}`);
    await disk.free();
    const { refused } = await delivering;
    // What was acked has to be on the disk, and stay acked: none of it is published again.
    await relays.kill();
    await deliver(load.lanes);
    const exit = await relays.stop();
    const seen = await ground.read(dataDir);
    const expected = { taken: 2 * EVENTS, delivered: EVENTS, duplicates: EVENTS, dead_lettered: 0 };
    const { counted, problems } = conserved(dataDir, expected);
    if (!/no space|no room|full|ENOSPC/i.test(reason))
      problems.push(`/readyz of a full disk: expected that as the reason, got ${reason || "ok"}`);
    if (exit !== 0) problems.push(`the last relay ended with ${exit}, expected 0`);
    problems.push(...eachOnce(load, seen), ...inOrder(load, seen), ...noDeadLetters(seen));
    return { counted: { refused, ...counted }, problems };
  } finally {
    await disk.unmount();
  }
}

/** Messages of a lane from one share of it to another. */
function part(lane: Lane, from: number, to: number): Lane {
  return new Map([...lane].slice(Math.floor(lane.size * from), Math.floor(lane.size * to)));
}
