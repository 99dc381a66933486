/** A V8 profile, as far as it is read. https://chromedevtools.github.io/devtools-protocol/tot/Profiler/#type-Profile */
export interface CpuProfile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number } }[];
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
