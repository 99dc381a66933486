/** A V8 profile, as far as it is read. https://chromedevtools.github.io/devtools-protocol/tot/Profiler/#type-Profile */
export interface CpuProfile {
  nodes: { id: number; children?: number[]; callFrame: { functionName: string; url: string; lineNumber: number } }[];
  samples: number[];
  timeDeltas: number[];
}

/** Own time of a function, microseconds; 0 to 1 of all that was not idle. */
interface OwnTime {
  name: string;
  us: number;
  share: number;
}

/** The end of a profile: so many milliseconds of it. */
export function lastOf({ nodes, samples, timeDeltas }: CpuProfile, ms: number): CpuProfile {
  let from = samples.length;
  for (let us = 0; from > 0 && us < ms * 1000; from--) us += timeDeltas[from - 1] ?? 0;
  return { nodes, samples: samples.slice(from), timeDeltas: timeDeltas.slice(from) };
}

/** The functions that took the most time of their own, most first. `describe` names one, by its frame. */
export function ownTimes(
  { nodes, samples, timeDeltas }: CpuProfile,
  describe: (frame: CpuProfile["nodes"][number]["callFrame"]) => string,
): OwnTime[] {
  const names = new Map(
    nodes.map(({ id, callFrame }) => [id, callFrame.functionName === "(idle)" ? undefined : describe(callFrame)]),
  );
  const times = new Map<string, number>();
  let all = 0;
  for (const [nth, id] of samples.entries()) {
    const name = names.get(id);
    if (name === undefined) continue;
    const us = timeDeltas[nth] ?? 0;
    all += us;
    times.set(name, (times.get(name) ?? 0) + us);
  }
  return [...times].map(([name, us]) => ({ name, us, share: us / all })).toSorted((a, b) => b.us - a.us);
}

/** Microseconds that each of these functions took with all that it called, and the whole, without what was idle. */
export function timesWithin(
  { nodes, samples, timeDeltas }: CpuProfile,
  names: readonly string[],
): { us: Map<string, number>; all: number } {
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)));
  const nameOf = new Map(nodes.map(({ id, callFrame }) => [id, callFrame.functionName]));
  const us = new Map(names.map((name) => [name, 0]));
  let all = 0;
  for (const [nth, id] of samples.entries()) {
    if (nameOf.get(id) === "(idle)") continue;
    const delta = timeDeltas[nth] ?? 0;
    all += delta;
    const callers = new Set<string>();
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) callers.add(nameOf.get(at) ?? "");
    for (const name of names) if (callers.has(name)) us.set(name, (us.get(name) ?? 0) + delta);
  }
  return { us, all };
}

/** Time by the stage of the innermost function that has one, itself or among its callers; "" is what has none. The whole is without what was idle. */
export function timesByStage(
  { nodes, samples, timeDeltas }: CpuProfile,
  stageOf: (frame: CpuProfile["nodes"][number]["callFrame"]) => string | undefined,
): { us: Map<string, number>; all: number } {
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)));
  const own = new Map(nodes.map(({ id, callFrame }) => [id, stageOf(callFrame)]));
  const idle = new Set(nodes.filter(({ callFrame }) => callFrame.functionName === "(idle)").map(({ id }) => id));
  const us = new Map<string, number>();
  let all = 0;
  for (const [nth, id] of samples.entries()) {
    if (idle.has(id)) continue;
    const delta = timeDeltas[nth] ?? 0;
    let stage: string | undefined;
    for (let at: number | undefined = id; at !== undefined && stage === undefined; at = parents.get(at)) stage = own.get(at);
    all += delta;
    us.set(stage ?? "", (us.get(stage ?? "") ?? 0) + delta);
  }
  return { us, all };
}
