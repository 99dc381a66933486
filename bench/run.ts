/** `npm run bench -- <name> […]`. Exit code 1: over a limit; 2: not understood. */
import { parseArgs } from "node:util";
import type { Bench } from "./lib/bench.ts";
import { writeSection } from "./lib/write-section.ts";
import { benchConsume } from "./consume/bench-consume.ts";
import { benchCost } from "./cost/bench-cost.ts";
import { benchLatency } from "./latency/bench-latency.ts";
import { benchRelay } from "./relay/bench-relay.ts";
import { benchDedup } from "./dedup/bench-dedup.ts";
import { benchReplay } from "./replay/bench-replay.ts";
import { benchSdk } from "./sdk/bench-sdk.ts";
import { benchStore } from "./store/bench-store.ts";
import { benchStream } from "./stream/bench-stream.ts";
import { benchVerify } from "./verify/bench-verify.ts";
import { benchWorker } from "./worker/bench-worker.ts";

const RESULTS = new URL("RESULTS.md", import.meta.url);
const BENCHES: Readonly<Record<string, Bench>> = {
  sdk: benchSdk,
  worker: benchWorker,
  relay: benchRelay,
  latency: benchLatency,
  cost: benchCost,
  consume: benchConsume,
  dedup: benchDedup,
  replay: benchReplay,
  store: benchStore,
  stream: benchStream,
  verify: benchVerify,
};
const USAGE = `npm run bench -- ${Object.keys(BENCHES).join("|")} [--only a,b] [--rounds N] [--quick] [--json] [--write] [--profile] [--visits N] [--kills] [--seed N] [--before REF]`;

const say = (text: string): void => console.error(text);

/** Runs what the command line names; returns the exit code. */
async function main(): Promise<number> {
  const { name, values } = readArgs();
  const bench = BENCHES[name];
  if (!bench) throw new UsageError(`which one? ${Object.keys(BENCHES).join(", ")}`);
  const only = values.only?.split(",");
  const rounds = readCount("rounds", values.rounds) ?? bench.rounds;
  const visits = readCount("visits", values.visits);
  const seed = readCount("seed", values.seed) ?? 1;
  const unknown = only?.filter((wanted) => !bench.names.includes(wanted)) ?? [];
  if (unknown.length > 0) throw new UsageError(`--only ${unknown.join(",")}: names of ${name} are ${bench.names.join(", ")}`);
  if (only && values.write) throw new UsageError("--write takes all of them, without --only");
  if (values.quick && values.write) throw new UsageError("--write takes whole runs, without --quick");
  if (values.before !== undefined && !["worker", "relay"].includes(name)) throw new UsageError(`${name} has no --before`);
  if (values.profile) {
    if (!bench.profile) throw new UsageError(`${name} has no --profile`);
    for (const wanted of only ?? bench.names) console.log(`${wanted}\n${await bench.profile(wanted)}`);
    return 0;
  }
  const { text, json, verdicts } = await bench.run({
    only,
    rounds,
    quick: values.quick,
    visits,
    kills: values.kills,
    seed,
    before: values.before,
    say,
  });
  console.log(values.json ? JSON.stringify(json, null, 2) : text);
  if (values.write) await writeSection(RESULTS, bench.title, text);
  return verdicts.some(({ isOver }) => isOver) ? 1 : 0;
}

/** The command line is not understood. */
class UsageError extends Error {}

/** The number that an option gives, undefined where it is not given. */
function readCount(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw new UsageError(`--${name}: expected a whole number from 1, got ${text}`);
  return count;
}

function readArgs() {
  try {
    const { positionals, values } = parseArgs({
      allowPositionals: true,
      options: {
        only: { type: "string" },
        rounds: { type: "string" },
        visits: { type: "string" },
        kills: { type: "boolean", default: false },
        seed: { type: "string" },
        before: { type: "string" },
        quick: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
        write: { type: "boolean", default: false },
        profile: { type: "boolean", default: false },
      },
    });
    return { name: positionals.join(" "), values };
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  say(`${error.message}\n${USAGE}`);
  process.exitCode = 2;
}
