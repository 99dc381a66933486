import { mkdtemp, readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CpuProfile, lastOf, ownTimes, timesByStage } from "../lib/cpu-profile.ts";
import type { Contender } from "./contenders.ts";
import { loadFully, startContender } from "./load-relay.ts";
import { openStage } from "./stage.ts";

const TIMES = { warmUpMs: 1_000, ms: 10_000 };
/** What the relay does with a delivery, by the files that do it, with what they call of Node and of packages; the first that fits counts. */
const STAGES = [
  [/\/relay\/service\/decode\/|\/worker\/src\/envelope\//, "decode: messages, packs, lines, and what is known of each event"],
  [/\/relay\/service\/plan\//, "plan: each event's fate"],
  [/\/relay\/state\/log\/disk\.ts/, "claim and settle: the disk"],
  [/\/relay\/state\//, "claim and settle: keys and markers in memory"],
  [
    /\/kafka\/(batches|wire\/(envelope-parts|record-batch|record-size|varint))\.ts|\/bus\/records\//,
    "cut and encode: Kafka's batches",
  ],
  [/\/relay\/bus\/adapters\/|\/@platformatic\/kafka\//, "the bus: requests, responses, the socket"],
  [/\/relay\/bus\/policy\/|\/relay\/service\/(pipeline|telemetry)\//, "rounds: retry, breaker, counters"],
  [/\/relay\/service\/source\/|\/relay\/lib\//, "HTTP: the delivery's bytes and the response"],
] as const;
const GARBAGE = "garbage";
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
    const last = lastOf(taken, ms);
    return [head, ...stages(last), "", ...topFunctions(last), "", join(folder, file)];
  } finally {
    await stage.broker.sweep(prefix);
    await stage.close();
  }
}

function stages(taken: CpuProfile): string[] {
  const { us, all } = timesByStage(taken, ({ functionName, url }) => {
    if (functionName === "(garbage collector)") return GARBAGE;
    return STAGES.find(([files]) => files.test(url))?.[1];
  });
  const told = (stage: string, name = stage): string =>
    `${((100 * (us.get(stage) ?? 0)) / all).toFixed(1).padStart(5)} %  ${name}`;
  return [...STAGES.map(([, name]) => told(name)), told(GARBAGE), told("", "the rest: Node's sockets and HTTP, the engine")];
}

function topFunctions(taken: CpuProfile): string[] {
  const all = ownTimes(taken, ({ functionName, url, lineNumber }) => {
    return `${functionName || "(anonymous)"} ${url.replace(/^.*\/(?=node_modules|relay|worker)/, "")}:${lineNumber + 1}`;
  });
  return all.slice(0, TOP).map(({ name, share }) => `${(100 * share).toFixed(1).padStart(5)} %  ${name}`);
}
