import { unstable_readConfig as readConfig } from "wrangler";
import type { Bench, BenchOptions, BenchReport } from "../lib/bench.ts";
import { machine } from "../lib/machine.ts";
import { median } from "../lib/median.ts";
import { judge } from "../lib/verdict.ts";
import { WRANGLER } from "../../worker/scripts/bundle-worker.ts";
import { costOfMillion, type Shared } from "./cost.ts";
import { measureConsumer, measureNeeds } from "./measure-needs.ts";
import { report } from "./report.ts";
import { shopBatches } from "./shop-batches.ts";

/** Events a request. */
const SIZES = [1, 5, 10, 20, 50, 100];
/** Dollars that a million events may cost at most, by events a request. */
const LIMITS: Readonly<Record<number, number>> = { 20: 0.08, 100: 0.02 };

/** What a million events cost on Cloudflare, by events a request: by CPU that is measured here, and prices that are asked there. */
export const benchCost: Bench = { title: "What a million events cost", names: [...SIZES.map(String), "shop"], rounds: 3, run };

async function run({ only, rounds, say }: BenchOptions): Promise<BenchReport> {
  const before = machine();
  const isChosen = (name: string): boolean => !only || only.includes(name);
  if (isChosen("shop")) say("visitors in the demo shop");
  const batches = isChosen("shop") ? await shopBatches() : [];
  const middle = Math.round(median(batches));
  const sizes = SIZES.filter((size) => isChosen(String(size)));
  const needs = await measureNeeds([...sizes, ...(batches.length > 0 ? [middle] : [])], { rounds, say });
  const shared = await readShared({ rounds, say });
  const rows = needs.map((need, at) => ({ need, isShop: at >= sizes.length, cost: costOfMillion(need, shared) }));
  const verdicts = rows.flatMap(({ need: { events }, isShop, cost }) => {
    const limit = isShop ? undefined : LIMITS[events];
    return limit === undefined ? [] : [judge(`${events} events a request`, "$ a million events", cost.total, limit)];
  });
  const results = { rows, shared, batches, verdicts, machine: before, rounds };
  return { text: report(results), json: results, verdicts };
}

/** What wrangler.toml settles, and the consumer's CPU. */
async function readShared(options: { rounds: number; say: (text: string) => void }): Promise<Shared> {
  const { observability, queues } = readConfig({ config: WRANGLER });
  const { enabled = false, head_sampling_rate: rate = 1, logs } = observability ?? {};
  const isLogged = (logs?.enabled ?? enabled) && logs?.invocation_logs !== false;
  const consumerBatch = queues.consumers?.[0]?.max_batch_size ?? 10;
  return {
    consumerCpuMsPerByte: await measureConsumer(20_000, options),
    consumerBatch,
    logEvents: isLogged ? (logs?.head_sampling_rate ?? rate) : 0,
  };
}
