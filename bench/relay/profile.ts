import { mkdtemp, readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CpuProfile, lastOf, ownTimes } from "../lib/cpu-profile.ts";
import type { Contender } from "./contenders.ts";
import { loadFully, startContender } from "./load-relay.ts";
import { openStage } from "./stage.ts";

const TIMES = { warmUpMs: 1_000, ms: 10_000 };
/** Functions that are told of. */
const TOP = 40;

/** Profiles a relay under load, from its warm-up to its end; returns where the .cpuprofile is, and which functions took the time. */
export async function profile(contender: Contender): Promise<string[]> {
  const stage = await openStage(TIMES, () => {});
  const prefix = `bench.${Date.now()}.`;
  try {
    const folder = await mkdtemp(join(tmpdir(), "sightline-profile-"));
    const relay = await startContender(contender, prefix, stage, { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${folder}` });
    const began = performance.now();
    const run = await loadFully(relay, stage).finally(() => relay.stop());
    const ms = performance.now() - began;
    const [file = ""] = await readdir(folder);
    const taken = JSON.parse(await readFile(join(folder, file), "utf8")) as CpuProfile;
    const head = `${Math.round(run.rate)} events/s, ${run.cpuUs.toFixed(1)} us of CPU each, under the profiler`;
    return [head, ...topFunctions(lastOf(taken, ms)), "", join(folder, file)];
  } finally {
    await stage.broker.sweep(prefix);
    await stage.close();
  }
}

function topFunctions(taken: CpuProfile): string[] {
  const all = ownTimes(taken, ({ functionName, url, lineNumber }) => {
    return `${functionName || "(anonymous)"} ${url.replace(/^.*\/(?=node_modules|relay|worker)/, "")}:${lineNumber + 1}`;
  });
  return all.slice(0, TOP).map(({ name, share }) => `${(100 * share).toFixed(1).padStart(5)} %  ${name}`);
}
