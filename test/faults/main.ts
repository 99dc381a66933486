/**
 * `npm run faults [-- name…]`: the faults of docs/faults.md in their long form, a line a scenario. Exit code 1: a promise was broken;
 * 2: not understood.
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { startKafka } from "../services/kafka.ts";
import { runScenario } from "./run-scenario.ts";
import { LONG, type Scenario, SHORT } from "./scenario.ts";
import { SCENARIOS } from "./scenarios/all.ts";

const names = SCENARIOS.map(({ name }) => name);
const USAGE = `npm run faults [-- name…] [--seed N] [--events N] [--minutes M] [--short]\nnames: ${names.join(", ")}`;

/** Runs what the command line names; returns the exit code. */
async function main(): Promise<number> {
  const { chosen, size, seed } = readArgs();
  console.log(`seed ${seed}, ${size.events} events, each twice`);
  const kafka = chosen.some(({ needsKafka }) => needsKafka) ? await startKafka() : undefined;
  let failed = 0;
  try {
    for (const scenario of chosen) {
      const from = Date.now();
      const { counted, problems } = await runScenario(scenario, {
        size,
        seed,
        brokers: kafka?.brokers,
        seconds: 1_800,
        say: (line) => console.error(`  ${scenario.name}: ${line}`),
      });
      const figures = Object.entries(counted).map(([name, figure]) => `${name} ${figure}`);
      const took = `${Math.round((Date.now() - from) / 1000)} s`;
      console.log(`${problems.length === 0 ? "ok    " : "FAILED"} ${scenario.name.padEnd(18)} ${[...figures, took].join(", ")}`);
      for (const problem of problems) console.log(`       ${problem.replaceAll("\n", "\n       ")}`);
      if (problems.length > 0) failed++;
    }
  } finally {
    await kafka?.stop();
  }
  console.log(
    failed === 0 ? `${chosen.length} promises kept` : `${failed} of ${chosen.length} promises broken; again: --seed ${seed}`,
  );
  return failed === 0 ? 0 : 1;
}

function readArgs() {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      seed: { type: "string", default: String(Date.now() % 1_000_000) },
      events: { type: "string" },
      minutes: { type: "string" },
      short: { type: "boolean", default: false },
    },
  });
  const seed = Number(values.seed);
  const given = values.short ? SHORT : LONG;
  const minutes = Number(values.minutes ?? given.movesSeconds / 60);
  const size = { ...given, events: Number(values.events ?? given.events), movesSeconds: minutes * 60 };
  const unknown = positionals.filter((name) => !names.includes(name));
  if (unknown.length > 0) throw new Error(`${unknown.join(", ")}: no such scenario`);
  if (!Number.isInteger(seed) || !Number.isInteger(size.events) || size.events < 1 || !(minutes > 0))
    throw new Error("expected whole numbers");
  const chosen: Scenario[] = SCENARIOS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  return { chosen, size, seed };
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`${(error as Error).message}\n${USAGE}`);
  process.exitCode = 2;
}
