/** What a scenario is given, and what it tells. */
import type { Ground } from "./stage/ground.ts";
import type { Random } from "./stage/random.ts";

/** How much of it. */
export interface Size {
  /** Events; each is sent twice. */
  events: number;
  /** Kills at each named fail point. */
  killsAPoint: number;
  /** Kills at random moments. */
  randomKills: number;
  /** Whether every request of a transaction is held back once, or only its produce and its commit. */
  everyRequest: boolean;
  /** How long the broker is away, seconds. */
  outageSeconds: number;
  /** How long leaders are moved, seconds. */
  movesSeconds: number;
  /** How long rights are missing, logins refused and quotas small, seconds. */
  accessSeconds: number;
}

/** As in `npm test`. */
export const SHORT: Size = {
  events: 1_500,
  killsAPoint: 1,
  randomKills: 4,
  everyRequest: false,
  outageSeconds: 4,
  movesSeconds: 20,
  accessSeconds: 6,
};

/** As in `npm run faults`. */
export const LONG: Size = {
  events: 20_000,
  killsAPoint: 10,
  randomKills: 30,
  everyRequest: true,
  outageSeconds: 60,
  movesSeconds: 180,
  accessSeconds: 20,
};

/** What a scenario works with. */
export interface Stage {
  random: Random;
  size: Size;
  /** A bus with topics of its own; each call makes another. */
  ground: (name: "local" | "kafka") => Ground;
  /** A folder of its own, which goes when the scenario has ended. */
  folder: string;
  /** Tells how far it is, for whoever waits. */
  say: (line: string) => void;
  /** Aborted when the scenario takes too long. */
  signal: AbortSignal;
}

/** What was found. */
export interface Finding {
  /** What was done and counted, in a few words and figures. */
  counted: Record<string, number | string>;
  /** What is wrong; empty where the promise was kept. */
  problems: string[];
}

/** One fault, and what must hold through it. */
export interface Scenario {
  /** How it is called on the command line. */
  name: string;
  /** Whether it takes place on Kafka. */
  needsKafka: boolean;
  run(stage: Stage): Promise<Finding>;
}
