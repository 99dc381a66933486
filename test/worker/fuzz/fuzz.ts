/**
 * The collector in real workerd under requests of every kind. Miniflare's emulators of queues and limiters are left out: they live in
 * the same process, and hold more memory and take more time than the collector itself.
 */
import * as fc from "fast-check";
import { bundleWorker } from "../../../worker/scripts/bundle-worker.ts";
import { startWorkerd } from "../../services/workerd.ts";
import { workerdMemory } from "../workerd-memory.ts";
import { checkAnswer } from "./check-answer.ts";
import { fuzzRequest, type FuzzRequest } from "./request.ts";
import { fuzzAgent, send } from "./send.ts";
import type { QueuedCounts } from "./worker.ts";

/** Requests that are under way at once. */
const AT_ONCE = 20;

/** What is to be run. */
export interface FuzzOptions {
  /** Requests, rounded up to a whole number of {@link AT_ONCE}. */
  runs: number;
  /** Where the requests come from. @default one by chance */
  seed?: number | undefined;
  /** The place of one list of requests under that seed, which alone is sent. */
  path?: string | undefined;
  /** Is told of the progress. */
  say?: (text: string) => void;
}

/** What came of it. */
export interface FuzzReport {
  /** What failed, with the seed and the least request that shows it; undefined where nothing did. */
  failure: string | undefined;
  /** Where the requests came from, and the place of those that failed. */
  seed: number;
  path: string | null;
  requests: number;
  /** Responses by status. */
  statuses: Record<number, number>;
  /** Events that the responses call accepted, and those that they call rejected for good. */
  answered: QueuedCounts;
  /** What is in the queues. */
  queued: QueuedCounts;
  /** Resident bytes of workerd at the end; 0 where the machine cannot say. */
  residentBytes: number;
}

/** Sends requests, and holds each response to the contract. */
export async function fuzz({ runs, seed, path, say = () => {} }: FuzzOptions): Promise<FuzzReport> {
  const workerd = await startWorkerd(await bundleWorker(new URL("worker.ts", import.meta.url)));
  const origin = `http://127.0.0.1:${workerd.port}`;
  const residentBytes = (): number => (process.platform === "linux" ? workerdMemory(workerd.pid).resident() : 0);
  const agent = fuzzAgent();
  const answered: QueuedCounts = { events: 0, rejects: 0 };
  const statuses: Record<number, number> = {};
  let requests = 0;
  const run = async (request: FuzzRequest): Promise<void> => {
    const answer = await send(origin, request, agent);
    statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
    if (++requests % 10_000 === 0) say(`${requests}, ${Math.round(residentBytes() / 2 ** 20)} MB: ${JSON.stringify(statuses)}`);
    const { accepted, rejected } = checkAnswer(request, answer);
    answered.events += accepted;
    answered.rejects += rejected;
  };
  const many = fc.array(fuzzRequest, { minLength: AT_ONCE, maxLength: AT_ONCE });
  const property = fc.asyncProperty(many, async (list) => void (await Promise.all(list.map((one) => named(one, run)))));
  const from = { ...(seed !== undefined && { seed }), ...(path !== undefined && { path }) };
  const details = await fc.check(property, { numRuns: Math.ceil(runs / AT_ONCE), ...from });
  const failure = details.failed ? `seed ${details.seed}: ${String(details.errorInstance)}` : undefined;
  const queued = details.failed ? answered : ((await (await fetch(`${origin}/queued`)).json()) as QueuedCounts);
  const found = { failure, seed: details.seed, path: details.counterexamplePath };
  const report = { ...found, requests, statuses, answered, queued, residentBytes: residentBytes() };
  agent.destroy();
  await workerd.close();
  return report;
}

/** Runs a request; an error names it. */
async function named(request: FuzzRequest, run: (request: FuzzRequest) => Promise<void>): Promise<void> {
  try {
    await run(request);
  } catch (cause) {
    const { method, path, headers, body, length } = request;
    const what = `${method} ${path} ${length} ${JSON.stringify(headers)} base64: ${body.toString("base64").slice(0, 8000)}`;
    throw new Error(`${(cause as Error).message}\n${what}`, { cause });
  }
}
