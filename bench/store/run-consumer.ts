/** What the measurements of both stores have in common: their limits, the processes they measure, and the figures of these. */
import { execFile } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { median } from "../lib/median.ts";
import { exact, whole } from "../lib/numbers.ts";
import { judge, judgeLeast, type Verdict } from "../lib/verdict.ts";
import type { StoreFigures } from "./measured.ts";

const run = promisify(execFile);
/** Share of what the client reaches that throws everything away, at least. */
const OF_DISCARD = 0.7;
const MOST_MB = 400;

/** One round: the client that throws away, and the store. */
export interface StoreRound {
  discard: StoreFigures;
  store: StoreFigures;
}

/** Runs a consumer of this folder as a process of its own. */
export async function runConsumer(file: string, given: object): Promise<StoreFigures> {
  const path = fileURLToPath(new URL(file, import.meta.url));
  // As the command line is started.
  const { stdout } = await run(process.execPath, ["--no-warnings", "--max-semi-space-size=16", path, JSON.stringify(given)]);
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as StoreFigures;
}

/** Figures of rounds, as cells of a table, and what is judged of them. */
export function figuresOf<R extends StoreRound>(name: string, rounds: readonly R[], events: number) {
  const rate = (ms: (round: R) => number): string => whole(median(rounds.map((round) => (events / ms(round)) * 1_000)));
  const share = (of: (round: R) => number): number => median(rounds.map((round) => of(round) / round.store.ms));
  const cpuUs = (of: (round: R) => Pick<StoreFigures, "cpuMs">): string =>
    exact(median(rounds.map((round) => (of(round).cpuMs / events) * 1_000)));
  const rssMb = median(rounds.map(({ store }) => store.rssMb));
  const ofDiscard = share(({ discard }) => discard.ms);
  const verdicts: Verdict[] = [
    judgeLeast(name, "rate, of the client that throws away", ofDiscard, OF_DISCARD),
    judge(name, "memory, MB", rssMb, MOST_MB),
  ];
  const rows = [
    ["thrown away", rate(({ discard }) => discard.ms), cpuUs(({ discard }) => discard), "-"],
    [`sightline store ${name}`, rate(({ store }) => store.ms), cpuUs(({ store }) => store), whole(rssMb)],
  ];
  return { rate, share, cpuUs, rows, verdicts };
}
