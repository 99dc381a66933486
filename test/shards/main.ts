/**
 * `npm run shards [-- --seed N] [--events N]`: four shards and a fifth in the middle, on a broker of its own, in the long form. Exit code 1: a
 * figure was not exact; 2: not understood.
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { buildCollector } from "../../dev/collector-build.ts";
import { startKafka } from "../services/kafka.ts";
import { runShards, type ShardsReport } from "./run-shards.ts";

const COLUMNS = ["shard", "kills", "taken", "delivered", "duplicates", "redelivered", "dead_lettered", "held"] as const;

/** Runs it; returns the exit code. */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { seed: { type: "string", default: String(Date.now() % 1_000_000) }, events: { type: "string", default: "200000" } },
  });
  const [seed, events] = [Number(values.seed), Number(values.events)];
  if (!Number.isInteger(seed) || !Number.isInteger(events) || events < 1_000)
    throw new Error("expected whole numbers, of events 1,000 or more");
  console.log(`seed ${seed}, ${events} events, each twice`);
  const kafka = await startKafka();
  const from = Date.now();
  try {
    const { code } = await buildCollector();
    const size = { events, perRequest: 500, shards: 4, kills: 5, passes: events >= 100_000 ? 6 : 1 };
    const report = await runShards({
      size,
      seed,
      brokers: kafka.brokers,
      code,
      seconds: 3_000,
      say: (line) => console.error(`  ${line}`),
    });
    console.log(table(report));
    console.log(`${report.onBus} records on the bus, ${Math.round((Date.now() - from) / 1000)} s`);
    for (const problem of report.problems) console.log(problem);
    console.log(report.problems.length === 0 ? "exact" : `not exact; again: --seed ${seed}`);
    return report.problems.length === 0 ? 0 : 1;
  } finally {
    await kafka.stop();
  }
}

function table({ relays }: ShardsReport): string {
  const rows = [[...COLUMNS], ...relays.map((relay) => COLUMNS.map((column) => String(relay[column])))];
  return rows.map((row) => row.map((cell) => cell.padStart(13)).join("")).join("\n");
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`${(error as Error).stack}\nnpm run shards [-- --seed N] [--events N]`);
  process.exitCode = 2;
}
