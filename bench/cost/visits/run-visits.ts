/** Visits of the demo shop on each network, and what the bus has of them in the end. */
import { setTimeout as sleep } from "node:timers/promises";
import { dataFolder, readBus, spawnStack } from "../../../test/e2e/stack-process.ts";
import { launchChromium } from "../../../test/services/chromium.ts";
import { goThrough } from "./go-through.ts";
import type { Kill, ProfileLog } from "./log.ts";
import type { Network } from "./networks.ts";
import { ownProfile, sharedProfile } from "./profile.ts";
import { createRandom } from "./random.ts";
import { startSlowCollector, type Arrival } from "./slow-collector.ts";
import { startSlowShop } from "./slow-shop.ts";

/** Visits that go on at a time, and the milliseconds after which the next one of them begins. */
const AT_A_TIME = 8;
const APART_MS = 700;

/** What is to be done. */
export interface VisitsOptions {
  networks: readonly Network[];
  /** Visits on each network. */
  visits: number;
  /** In every tenth the tab is killed, and in every fiftieth the browser. */
  kills: boolean;
  seed: number;
  say: (text: string) => void;
}

/** The visits on one network. */
export interface NetworkLog {
  network: Network;
  profiles: ProfileLog[];
  /** What the collector got, in order. */
  arrivals: Arrival[];
}

/** What came of the visits. */
export interface VisitsLog {
  networks: NetworkLog[];
  /** Ids of the events on the bus. */
  onBus: ReadonlySet<string>;
}

/** Makes the visits, and waits until everything is on the bus. */
export async function runVisits({ networks, ...options }: VisitsOptions): Promise<VisitsLog> {
  const { dataDir, remove } = dataFolder();
  const stack = spawnStack(dataDir);
  try {
    await stack.ready;
    const logs: NetworkLog[] = [];
    for (const network of networks) logs.push(await runOn(network, stack.file(), options));
    // It ends when everything is on the bus.
    await stack.stop();
    return { networks: logs, onBus: new Set((await readBus(dataDir)).map(({ id }) => id)) };
  } finally {
    await stack.stop();
    remove();
  }
}

type Servers = Record<"collector" | "web_key", string>;

async function runOn(
  network: Network,
  { collector: to, web_key }: Servers,
  { visits, kills, seed, say }: Omit<VisitsOptions, "networks">,
): Promise<NetworkLog> {
  const collector = await startSlowCollector(to, network.roundTripMs);
  const shop = await startSlowShop({ collector: collector.url, writeKey: web_key, live: collector.url }, network.firstByteMs);
  const { browser, close } = await launchChromium();
  const profiles: ProfileLog[] = [];
  const come = new Set<string>();
  const hasCome = (id: string): boolean => {
    for (const { status, events } of collector.arrivals.slice(counted)) {
      if (status === 202) for (const event of events) come.add(event.id);
      counted++;
    }
    return come.has(id);
  };
  let counted = 0;
  let next = 1;
  let done = 0;
  const work = async (worker: number): Promise<void> => {
    await sleep(worker * APART_MS);
    for (let nth = next++; nth <= visits; nth = next++) {
      const kill = kills ? killOf(nth) : undefined;
      const profile = await (kill === "browser" ? ownProfile() : sharedProfile(browser));
      const random = createRandom(seed * 1000 + nth);
      profiles[nth - 1] = await goThrough({ profile, shop: shop.url, name: `v${nth}`, random, kill, hasCome });
      await profile.close();
      say(`${network.name}: ${++done} of ${visits} visits${kill ? `, this one without its ${kill}` : ""}`);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, (_, worker) => work(worker)));
  await close();
  await Promise.all([collector.close(), shop.close()]);
  return { network, profiles, arrivals: collector.arrivals };
}

/** In every fiftieth visit the browser is killed, in every tenth the tab. */
function killOf(nth: number): Kill | undefined {
  return nth % 50 === 25 ? "browser" : nth % 10 === 0 ? "tab" : undefined;
}
