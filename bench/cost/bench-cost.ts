import { unstable_readConfig as readConfig } from "wrangler";
import type { Bench, BenchOptions, BenchReport } from "../lib/bench.ts";
import { machine } from "../lib/machine.ts";
import { judge } from "../lib/verdict.ts";
import { WRANGLER } from "../../worker/scripts/bundle-worker.ts";
import { costOfMillion, costOfMix, type Shared } from "./cost.ts";
import { measureConsumer, measureNeeds } from "./measure-needs.ts";
import { report } from "./report.ts";
import { figuresOf } from "./visits/figures.ts";
import { judgeVisits } from "./visits/limits.ts";
import { NETWORKS } from "./visits/networks.ts";
import { runVisits, type VisitsLog } from "./visits/run-visits.ts";
import { traceOf } from "./visits/trace.ts";

/** Events a request. */
const SIZES = [1, 5, 10, 20, 50, 100];
/** Dollars that a million events may cost at most, by events a request. */
const LIMITS: Readonly<Record<number, number>> = { 20: 0.08, 100: 0.02 };
/** All the networks of visits. */
const VISITS = "visits";

/** What a million events cost on Cloudflare, by events a request and as visitors send them: by CPU that is measured here, and prices that are asked there. */
export const benchCost: Bench = {
  title: "What a million events cost",
  names: [...SIZES.map(String), VISITS, ...NETWORKS.map(({ name }) => name)],
  rounds: 3,
  run,
};

async function run({ only, rounds, visits = 10, kills, seed, say }: BenchOptions): Promise<BenchReport> {
  const before = machine();
  const isChosen = (name: string): boolean => !only || only.includes(name);
  const networks = NETWORKS.filter(({ name }) => isChosen(VISITS) || isChosen(name));
  const made = { visits, kills, seed };
  const log: VisitsLog = networks.length > 0 ? await runVisits({ networks, ...made, say }) : { networks: [], onBus: new Set() };
  const figures = log.networks.map((network) => figuresOf(network, log.onBus));

  const sizes = SIZES.filter((size) => isChosen(String(size)));
  const sent = figures.flatMap((one) => one.sizes).filter((size) => size > 0);
  const needs = await measureNeeds([...new Set([...sizes, ...sent])], { rounds, say });
  const shared = await readShared({ rounds, say });
  const rows = needs.filter(({ events }) => sizes.includes(events)).map((need) => ({ need, cost: costOfMillion(need, shared) }));
  const visitRows = figures.map((one) => ({
    figures: one,
    dollars: costOfMix(one.sizes, one.events * one.visits, needs, shared),
  }));
  const verdicts = [
    ...rows.flatMap(({ need: { events }, cost }) => {
      const limit = LIMITS[events];
      return limit === undefined ? [] : [judge(`${events} events a request`, "$ a million events", cost.total, limit)];
    }),
    ...visitRows.flatMap(({ figures: one, dollars }) => judgeVisits(one, dollars)),
  ];
  const results = { rows, visitRows, made, shared, verdicts, machine: before, rounds };
  const traces = log.networks.map(({ network, profiles, arrivals }) => ({
    network: network.name,
    visits: profiles.map((profile) => traceOf(profile, arrivals)),
  }));
  return { text: report(results), json: { ...results, traces }, verdicts };
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
