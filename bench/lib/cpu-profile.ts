/** A function, and where it is. */
interface Frame {
  functionName: string;
  url: string;
  lineNumber: number;
}

/** A V8 profile, as far as it is read. https://chromedevtools.github.io/devtools-protocol/tot/Profiler/#type-Profile */
export interface CpuProfile {
  nodes: { id: number; children?: number[]; callFrame: Frame }[];
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

/** What ran at each sample but the idle ones, and for how many microseconds: its frames, the innermost first. */
function* busy({ nodes, samples, timeDeltas }: CpuProfile): Generator<{ stack: Frame[]; us: number }> {
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)));
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  for (const [nth, id] of samples.entries()) {
    const stack: Frame[] = [];
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) stack.push(frames.get(at) as Frame);
    if (stack[0]?.functionName !== "(idle)") yield { stack, us: timeDeltas[nth] ?? 0 };
  }
}

/** The functions that took the most time of their own, most first. `describe` names one, by its frame. */
export function ownTimes(taken: CpuProfile, describe: (frame: Frame) => string): OwnTime[] {
  const times = new Map<string, number>();
  let all = 0;
  for (const { stack, us } of busy(taken)) {
    const name = describe(stack[0] as Frame);
    all += us;
    times.set(name, (times.get(name) ?? 0) + us);
  }
  return [...times].map(([name, us]) => ({ name, us, share: us / all })).toSorted((a, b) => b.us - a.us);
}

/** Microseconds that each of these functions took with all that it called, and the whole, without what was idle. */
export function timesWithin(taken: CpuProfile, names: readonly string[]): { us: Map<string, number>; all: number } {
  const times = new Map(names.map((name) => [name, 0]));
  let all = 0;
  for (const { stack, us } of busy(taken)) {
    all += us;
    const callers = new Set(stack.map(({ functionName }) => functionName));
    for (const name of names) if (callers.has(name)) times.set(name, (times.get(name) ?? 0) + us);
  }
  return { us: times, all };
}

/** Time by the stage of the innermost function that has one, itself or among its callers; "" is what has none. The whole is without what was idle. */
export function timesByStage(
  taken: CpuProfile,
  stageOf: (frame: Frame) => string | undefined,
): { us: Map<string, number>; all: number } {
  const times = new Map<string, number>();
  let all = 0;
  for (const { stack, us } of busy(taken)) {
    all += us;
    let stage: string | undefined;
    for (let depth = 0; depth < stack.length && stage === undefined; depth++) stage = stageOf(stack[depth] as Frame);
    times.set(stage ?? "", (times.get(stage ?? "") ?? 0) + us);
  }
  return { us: times, all };
}
