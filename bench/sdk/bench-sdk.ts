import type { Bench, BenchOptions } from "../lib/bench.ts";
import { installPeers } from "../lib/install-peers.ts";
import { machine } from "../lib/machine.ts";
import type { Verdict } from "../lib/verdict.ts";
import { bundleBytes } from "./bundle.ts";
import { PEERS } from "./contenders.ts";
import { startHost } from "./host.ts";
import { limits } from "./limits.ts";
import { measure, type Measured } from "./measure.ts";
import { report } from "./report.ts";
import { BURSTS, LONG_RUNS, type Scenario } from "./scenarios.ts";

/** Everything that was measured. */
export interface Results {
  bursts: Measured[];
  longRuns: Measured[];
  verdicts: Verdict[];
  /** Bytes of a contender's smallest bundle, by name. */
  bundles: Map<string, number>;
  /** By package. */
  versions: Record<string, string>;
  /** The machine and what it had to do already, the day and the browser. */
  machine: string;
  rounds: number;
}

/** The browser SDK beside its peers. Throws where there is no Chromium, or the peers cannot be installed. */
export const benchSdk: Bench = {
  title: "The browser SDK beside its peers",
  names: [...BURSTS, ...LONG_RUNS].map(({ name }) => name),
  rounds: 5,
  async run(options) {
    const results = await measureAll(options);
    return { text: report(results), json: toJson(results), verdicts: results.verdicts };
  },
};

async function measureAll({ only, rounds, say }: BenchOptions): Promise<Results> {
  const before = machine();
  const isChosen = ({ name }: Scenario): boolean => !only || only.includes(name);
  const [bursts, longRuns] = [BURSTS.filter(isChosen), LONG_RUNS.filter(isChosen)];
  const contenders = [...new Set([...bursts, ...longRuns].map(({ contender }) => contender))];
  const versions = contenders.some((contender) => PEERS.includes(contender)) ? await installPeers(say) : {};
  const bundles = new Map<string, number>();
  for (const { contender } of bursts) bundles.set(contender.name, await bundleBytes(contender));
  const host = await startHost(contenders);
  const beside = await measure(bursts, { host, rounds, say });
  const alone = await measure(longRuns, { host, rounds, say });
  await host.close();
  return {
    bursts: beside.measured,
    longRuns: alone.measured,
    verdicts: limits([...beside.measured, ...alone.measured], bundles),
    bundles,
    versions,
    machine: `${before}, Chromium ${beside.browser}`,
    rounds,
  };
}

function toJson({ bundles, bursts, longRuns, ...rest }: Results): unknown {
  const rows = [...bursts, ...longRuns].map(({ scenario, samples, failure }) => ({ name: scenario.name, samples, failure }));
  return { ...rest, bundles: Object.fromEntries(bundles), rows };
}
