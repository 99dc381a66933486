import { join } from "node:path";
import { checkOut } from "../lib/check-out.ts";
import type { Bench, BenchOptions, BenchReport } from "../lib/bench.ts";
import { machine } from "../lib/machine.ts";
import { CONTENDERS, type Contender } from "./contenders.ts";
import { type Measured, named, rate } from "./figures.ts";
import { FULL, loadRelay } from "./load-relay.ts";
import { type Latency, measureLatency } from "./latency.ts";
import { limits } from "./limits.ts";
import { measure } from "./measure.ts";
import { measureMemory } from "./memory.ts";
import { profile } from "./profile.ts";
import { report } from "./report.ts";
import { openStage, type Stage } from "./stage.ts";

const TIMES = { warmUpMs: 5_000, ms: 20_000 };
const QUICK = { warmUpMs: 2_000, ms: 5_000 };

/** Names beside the contenders'. The memory takes ten minutes, and is run by name alone. */
const LATENCY = "latency";
const MEMORY = "rss";
const MEMORY_SECONDS = 600;
const QUICK_SECONDS = 20;

/** The relay of another version, which is measured in the same rounds. */
const BEFORE = "relay-before";

/** Messages of a delivery whose response is waited for: a tenth of a full one, and a full one. */
const SIZES = [FULL / 10, FULL];

/** The relay whose latency and memory are measured. */
const MAIN = CONTENDERS.find(({ name }) => name === "relay-platformatic") as Contender;

/** The relay's speed beside kcat and the clients that it uses, on a real broker. */
export const benchRelay: Bench = {
  title: "The relay's speed",
  names: [...CONTENDERS.map(({ name }) => name), LATENCY, MEMORY],
  rounds: 2,
  run,
  async profile(name) {
    const contender = CONTENDERS.find((other) => other.name === name);
    return contender?.kind === "relay" ? (await profile(contender)).join("\n") : "only a relay is profiled";
  },
};

async function run({ only, rounds, quick, before, say }: BenchOptions): Promise<BenchReport> {
  const head = machine();
  const isChosen = (name: string): boolean => (only ? only.includes(name) : name !== MEMORY);
  await using undo = new AsyncDisposableStack();
  const older = before === undefined ? undefined : checkOut(before);
  undo.defer(() => older?.remove());
  const stage = await openStage(quick ? QUICK : TIMES, say);
  undo.defer(stage.close);
  const chosen = CONTENDERS.filter(({ name }) => isChosen(name));
  const cli = older && join(older.folder, "relay/cli/main.ts");
  const others = cli === undefined ? [] : [{ ...MAIN, name: BEFORE, what: `the relay of ${before}`, cli }];
  const rows = await measure([...chosen, ...others], { stage, rounds, say });
  const latencies = isChosen(LATENCY) ? await measureLatencies(rows, stage, say) : [];
  const memory = isChosen(MEMORY) ? await measureMemory(MAIN, stage, quick ? QUICK_SECONDS : MEMORY_SECONDS) : undefined;
  const verdicts = limits(rows, latencies, memory);
  const { valueBytes, times } = stage;
  const results = { rows, latencies, memory, verdicts, machine: head, rounds, seconds: times.ms / 1000, valueBytes };
  return { text: report(results), json: results, verdicts };
}

/** At half of the rate of the rounds; measured first where the relay was not among them. */
async function measureLatencies(rows: readonly Measured[], stage: Stage, say: (text: string) => void): Promise<Latency[]> {
  const row = named(rows, MAIN.name);
  const most = row ? rate(row) : (await loadRelay(MAIN, `bench.${Date.now()}.`, stage)).rate;
  const latencies: Latency[] = [];
  for (const messages of SIZES) {
    say(`latency of deliveries of ${messages} messages, ${Math.round(most / 2)} events/s`);
    latencies.push(await measureLatency(MAIN, { stage, rate: most / 2, messages }));
  }
  return latencies;
}
