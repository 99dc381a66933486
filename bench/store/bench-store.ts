import type { Bench, BenchOptions, BenchReport } from "../lib/bench.ts";
import { measureParquet } from "./measure-parquet.ts";
import { measurePostgres } from "./measure-postgres.ts";

const STORES = { parquet: measureParquet, postgres: measurePostgres };

/** Events of the bus into the stores. */
export const benchStore: Bench = { title: "Stores", names: Object.keys(STORES), rounds: 1, run: measure };

async function measure(options: BenchOptions): Promise<BenchReport> {
  const reports: BenchReport[] = [];
  for (const [name, measureOne] of Object.entries(STORES)) {
    if (options.only === undefined || options.only.includes(name)) reports.push(await measureOne(options));
  }
  return {
    text: reports.map(({ text }) => text).join("\n\n"),
    json: reports.map(({ json }) => json),
    verdicts: reports.flatMap(({ verdicts }) => verdicts),
  };
}
