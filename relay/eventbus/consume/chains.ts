/**
 * The work that is at hand: what has one key is done one after the other, what has different keys side by side, up to a bound. Nothing more is
 * asked for than there is room for.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Delivery } from "@sightline/bus/subscriber";

/** Does what one delivery asks for; undefined where that has ended already. Never rejects. */
export type Work = (delivery: Delivery) => Promise<void> | undefined;

/** Work by key. */
export interface Chains {
  /** Adds deliveries, each key's in their order. Resolves when there is room for more. */
  add(deliveries: readonly Delivery[]): Promise<void>;
  /**
   * Drops what has not begun in some lanes, and resolves when what had begun has ended, or after `drainMs`. Then `add` waits for no room that
   * a handler without an end would have to make.
   */
  drain(lanes: ReadonlySet<string>): Promise<void>;
}

interface Chain {
  lane: string;
  name: string;
  deliveries: Delivery[];
}

interface ChainsOptions {
  work: Work;
  /** Keys that are worked on side by side, at most. */
  concurrency: number;
  /** Deliveries at hand, at most, before `add` waits; those of one `add` may be more. */
  room: number;
  /** How long `drain` waits for what has begun, milliseconds. */
  drainMs: number;
}

/** Makes it. */
export function createChains({ work, concurrency, room, drainMs }: ChainsOptions): Chains {
  const chains = new Map<string, Chain>();
  const ready: Chain[] = [];
  const running = new Map<Promise<void>, Chain>();
  let atHand = 0;
  let waiting: (() => void)[] = [];

  const tellRoom = (): void => {
    if (atHand < room) tellAll();
  };
  const tellAll = (): void => {
    const told = waiting;
    waiting = [];
    for (const tell of told) tell();
  };
  /** Does the chain's work until it is done, or until one of its deliveries takes time. */
  const step = (chain: Chain): Promise<void> | undefined => {
    for (let delivery = chain.deliveries.shift(); delivery; delivery = chain.deliveries.shift()) {
      const doing = work(delivery);
      if (doing !== undefined) return doing.then(() => void atHand--);
      atHand--;
    }
    return undefined;
  };
  const go = (chain: Chain): void => {
    const doing = step(chain);
    if (doing === undefined) return void chains.delete(chain.name);
    running.set(doing, chain);
    void finish(chain, doing);
  };
  const finish = async (chain: Chain, doing: Promise<void>): Promise<void> => {
    await doing;
    running.delete(doing);
    if (chain.deliveries.length > 0) ready.push(chain);
    else chains.delete(chain.name);
    pump();
  };
  const pump = (): void => {
    while (running.size < concurrency && ready.length > 0) go(ready.shift()!);
    tellRoom();
  };

  return {
    async add(deliveries) {
      for (const delivery of deliveries) {
        const name = `${delivery.lane} ${delivery.record.key}`;
        const known = chains.get(name);
        atHand++;
        if (known !== undefined) {
          known.deliveries.push(delivery);
          continue;
        }
        const chain = { lane: delivery.lane, name, deliveries: [delivery] };
        chains.set(name, chain);
        ready.push(chain);
      }
      pump();
      if (atHand >= room) await new Promise<void>((resolve) => waiting.push(resolve));
    },
    async drain(lanes) {
      for (const chain of chains.values()) {
        if (lanes.has(chain.lane)) atHand -= chain.deliveries.splice(0).length;
      }
      const begun = [...running].filter(([, { lane }]) => lanes.has(lane)).map(([doing]) => doing);
      const waited = new AbortController();
      const tooLong = sleep(drainMs, true, { signal: waited.signal }).catch(() => false);
      const isStuck = await Promise.race([Promise.all(begun).then(() => false), tooLong]);
      waited.abort();
      pump();
      if (isStuck) tellAll();
    },
  };
}
