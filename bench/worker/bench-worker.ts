import { checkOut } from "../lib/check-out.ts";
import type { Bench, BenchOptions, BenchReport } from "../lib/bench.ts";
import { machine } from "../lib/machine.ts";
import { makeBodies } from "./batch.ts";
import { PLAIN, PLAIN_EVENTS } from "./body-parts.ts";
import { before, type bundleContender, CONTENDERS, EVENTS, HOSTILE, SIZES, type Contender } from "./contenders.ts";
import { limits } from "./limits.ts";
import { measure } from "./measure.ts";
import { profile } from "./profile.ts";
import { report } from "./report.ts";

const ALL = [...CONTENDERS, ...SIZES, ...HOSTILE];

/** CPU a request of the collector in raw workerd, beside the least that it could do. */
export const benchWorker: Bench = {
  title: "The collector's CPU",
  names: ALL.map(({ name }) => name),
  rounds: 5,
  run,
  async profile(name) {
    const { file, top } = await profile(ALL.find((contender) => contender.name === name) as Contender);
    return [...top, "", file].join("\n");
  },
};

async function run(options: BenchOptions): Promise<BenchReport> {
  const older = options.before === undefined ? undefined : checkOut(options.before);
  try {
    const contenders = await older?.load<{ bundleContender: typeof bundleContender }>("bench/worker/contenders.ts");
    return await runBeside(options, contenders?.bundleContender);
  } finally {
    older?.remove();
  }
}

/** `bundle` is that of the version to measure beside this one. */
async function runBeside({ only, rounds, say }: BenchOptions, bundle?: typeof bundleContender): Promise<BenchReport> {
  const head = machine();
  const isChosen = ({ name }: Contender): boolean => !only || only.includes(name);
  const rowsOf = (all: readonly Contender[]) => measure([...all, ...(bundle ? before(all, bundle) : [])], { rounds, say });
  const contenders = await rowsOf(CONTENDERS.filter(isChosen));
  const sizes = await rowsOf(SIZES.filter(isChosen));
  // A body is nothing without the plain ones beside it.
  const isHostile = (contender: Contender): boolean => isChosen(contender) || [PLAIN, PLAIN_EVENTS].includes(contender.name);
  const hostile = HOSTILE.some(isChosen) ? await rowsOf(HOSTILE.filter(isHostile)) : [];
  const verdicts = limits([...contenders, ...sizes], hostile);
  const bodyBytes = makeBodies(EVENTS)[0]?.length ?? 0;
  const results = { contenders, sizes, hostile, verdicts, machine: head, rounds, bodyBytes };
  return { text: report(results), json: results, verdicts };
}
