import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CpuProfile, ownTimes, timesWithin } from "../lib/cpu-profile.ts";
import { bundleContender, type Contender } from "./contenders.ts";
import { load, makeRequests } from "./load.ts";
import { startWorkerd } from "../../test/services/workerd.ts";

const WARM_UP_MS = 4000;
const PROFILED_MS = 6000;
/** What the collector does with a request, by the function that does it; the inner ones are part of the one before. */
const STAGES = [
  ["authorize", "its key"],
  ["readBytes", "the body's bytes"],
  ["readFormat", "the body's JSON"],
  ["readFrame", "the frame"],
  ["takeIn", "all events"],
  ["writeEvent", "- of which checked and written"],
  ["murmur128", "- of which hashed"],
  ["enrich", "- of which envelopes"],
  ["sendLines", "packs, and the queue's send"],
  ["respond", "the response"],
  ["(garbage collector)", "garbage"],
] as const;
/** Functions that are told of. */
const TOP = 40;

/** Profiles the script of a contender under load, not minified; returns where the .cpuprofile is, and which functions took the time. */
export async function profile(contender: Contender): Promise<{ file: string; top: string[] }> {
  const source = await bundleContender(contender.worker, false);
  const workerd = await startWorkerd(source, { inspect: true });
  const posted = makeRequests(contender);
  try {
    await load(workerd.port, posted, WARM_UP_MS);
    const inspector = await attach(workerd.inspectorPort ?? 0);
    await inspector.call("Profiler.enable");
    await inspector.call("Profiler.setSamplingInterval", { interval: 200 });
    await inspector.call("Profiler.start");
    const requests = await load(workerd.port, posted, PROFILED_MS);
    const { profile: taken } = (await inspector.call("Profiler.stop")) as { profile: CpuProfile };
    inspector.close();
    const folder = mkdtempSync(join(tmpdir(), "sightline-profile-"));
    const file = join(folder, `${contender.name}.cpuprofile`);
    writeFileSync(file, JSON.stringify(taken));
    writeFileSync(join(folder, "worker.js"), source.code);
    return { file, top: [...stages(taken, requests), "", ...topFunctions(taken, requests)] };
  } finally {
    await workerd.close();
  }
}

/** Time by stage, with all that is called: microseconds a request, and the share. What is under none is the framework, the engine and HTTP. */
function stages(taken: CpuProfile, requests: number): string[] {
  const { us, all } = timesWithin(
    taken,
    STAGES.map(([name]) => name),
  );
  return STAGES.map(([name, what]) => told(us.get(name) ?? 0, all, requests, `${what} (${name})`));
}

function told(us: number, all: number, requests: number, what: string): string {
  return `${(us / requests).toFixed(1).padStart(8)} us ${((100 * us) / all).toFixed(1).padStart(5)} %  ${what}`;
}

/** Own time by function, most first: microseconds a request, the share, and where it is in the bundle. */
function topFunctions(taken: CpuProfile, requests: number): string[] {
  const all = ownTimes(taken, ({ functionName, lineNumber }) => `${functionName || "(anonymous)"}:${lineNumber + 1}`);
  return all.slice(0, TOP).map(({ name, us, share }) => told(us, us / share, requests, name));
}

/** Speaks to workerd's inspector. https://chromedevtools.github.io/devtools-protocol/ */
async function attach(port: number) {
  const targets = (await (await fetch(`http://127.0.0.1:${port}/json`)).json()) as { webSocketDebuggerUrl: string }[];
  const socket = new WebSocket(targets[0]?.webSocketDebuggerUrl ?? "");
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  socket.addEventListener("message", ({ data }) => {
    const { id, result, error } = JSON.parse(String(data)) as { id?: number; result?: unknown; error?: { message: string } };
    if (error) waiting.get(id ?? 0)?.reject(new Error(error.message));
    else waiting.get(id ?? 0)?.resolve(result);
  });
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve, { once: true });
    socket.addEventListener("error", reject, { once: true });
  });
  return {
    call(method: string, params: object = {}): Promise<unknown> {
      const id = waiting.size + 1;
      const answer = Promise.withResolvers<unknown>();
      waiting.set(id, answer);
      socket.send(JSON.stringify({ id, method, params }));
      return answer.promise;
    },
    close: () => socket.close(),
  };
}
