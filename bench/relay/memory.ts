import { setTimeout as sleep } from "node:timers/promises";
import { rssBytes } from "../../test/services/process-stats.ts";
import type { Contender } from "./contenders.ts";
import { prepareDelivery } from "./deliveries.ts";
import { PACK_EVENTS } from "./events.ts";
import { FULL, startContender } from "./load-relay.ts";
import { post } from "./post.ts";
import type { Stage } from "./stage.ts";

/** Events a second: a full delivery each second. */
const RATE = 2_000;

/** What a relay holds, megabytes. */
export interface Memory {
  seconds: number;
  mb: number[];
}

/** Posts {@link RATE} events a second for so many seconds; reads the relay's memory after each delivery. */
export async function measureMemory(contender: Contender, stage: Stage, seconds: number): Promise<Memory> {
  const prefix = `bench.${Date.now()}.`;
  const relay = await startContender(contender, prefix, stage);
  const everyMs = (FULL * PACK_EVENTS * 1000) / RATE;
  const delivery = prepareDelivery(stage.packs, FULL);
  const mb: number[] = [];
  try {
    const began = performance.now();
    for (let nth = 0; nth * everyMs < seconds * 1000; nth++) {
      await sleep(Math.max(0, began + nth * everyMs - performance.now()));
      await post(relay, delivery);
      mb.push(rssBytes(relay.pid) / 1e6);
    }
    return { seconds: (performance.now() - began) / 1000, mb };
  } finally {
    await relay.stop();
    await stage.broker.sweep(prefix);
  }
}
