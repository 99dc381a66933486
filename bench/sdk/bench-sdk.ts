import { cpus, loadavg } from "node:os";
import { installPeers } from "../lib/install-peers.ts";
import { bundleBytes } from "./bundle.ts";
import { PEERS } from "./contenders.ts";
import { startHost } from "./host.ts";
import { judge, type Verdict } from "./limits.ts";
import { measure, type Measured } from "./measure.ts";
import { BURSTS, LONG_RUNS, type Scenario } from "./scenarios.ts";

/** What is to be run. */
export interface BenchOptions {
  /** Names of scenarios; all where it is undefined. */
  only: readonly string[] | undefined;
  rounds: number;
  /** Is told of the progress. */
  say: (text: string) => void;
}

/** Everything that was measured. */
export interface Results {
  bursts: Measured[];
  longRuns: Measured[];
  verdicts: Verdict[];
  /** Bytes of a contender's smallest bundle, by name. */
  bundles: Map<string, number>;
  /** By package. */
  versions: Record<string, string>;
  /** The machine and what it had to do already, the browser and the day. */
  machine: string;
  rounds: number;
}

/** Names that {@link BenchOptions.only} may hold. */
export const SCENARIOS: readonly string[] = [...BURSTS, ...LONG_RUNS].map(({ name }) => name);

/** The browser SDK beside its peers. Throws where there is no Chromium, or the peers cannot be installed. */
export async function benchSdk({ only, rounds, say }: BenchOptions): Promise<Results> {
  const [load = 0] = loadavg();
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
  const [cpu] = cpus();
  return {
    bursts: beside.measured,
    longRuns: alone.measured,
    verdicts: judge([...beside.measured, ...alone.measured], bundles),
    bundles,
    versions,
    machine: `${cpus().length} cores of ${cpu?.model}, load ${load.toFixed(1)} before, Chromium ${beside.browser}, ${new Date().toISOString().slice(0, 10)}`,
    rounds,
  };
}
