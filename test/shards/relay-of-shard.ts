/** The relay of a shard: killed by a plan, and moved to another folder with its store. */
import { cp, rename } from "node:fs/promises";
import type { Place } from "../../relay/lib/fail-point.ts";
import { readCounters, type Totals, totals } from "../../relay/state/counters.ts";
import type { Random } from "../faults/stage/random.ts";
import { type Death, superviseRelays } from "../faults/stage/relays.ts";

/** Where it dies. The last two leave a batch of which nobody knows whether it is on the bus. */
const PLACES: readonly Place[] = ["after_commit", "before_commit", "after_claim", "after_produce", "after_settle"];
/** A relay of a shard. */
export interface ShardRelay {
  shard: number;
  /** Deaths so far, and how many are planned. */
  kills(): number;
  planned: number;
  /** Ends it, copies its folder to another one, takes the old one away, and starts it there. */
  move(): Promise<void>;
  /** Ends it; returns its exit code. */
  stop(): Promise<number | NodeJS.Signals | undefined>;
  /** What it has counted, on its disk. */
  counted(): Totals;
}

interface ShardRelayOptions {
  shard: number;
  kills: number;
  /** Rounds that it does before each, at most. */
  passes: number;
  random: Random;
  /** Its settings but for DATA_DIR. */
  env: NodeJS.ProcessEnv;
  dataDir: string;
}

/** Starts it. */
export function startShardRelay({ shard, kills: planned, passes, random, env, dataDir }: ShardRelayOptions): ShardRelay {
  const plan = Array.from({ length: planned }, (_, n): Death => {
    return { place: PLACES[(shard + n) % PLACES.length] as Place, nth: random.between(1, passes) };
  });
  let folder = dataDir;
  let before = 0;
  let relays = superviseRelays({ ...env, DATA_DIR: folder }, plan);
  return {
    shard,
    planned,
    kills: () => before + relays.crashes(),
    async move() {
      await relays.stop();
      before += relays.crashes();
      const moved = `${folder}-moved`;
      await cp(folder, moved, { recursive: true });
      await rename(folder, `${folder}-gone`);
      folder = moved;
      relays = superviseRelays({ ...env, DATA_DIR: folder }, plan.slice(before));
    },
    stop: () => relays.stop(),
    counted: () => totals(readCounters(folder) ?? []),
  };
}
