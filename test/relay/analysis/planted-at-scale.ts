/**
 * `npm run planted`: faults planted in 100,000 events, and the two Open Bandit logs, are to be found exactly by verify from each source; another
 * number of events, and sources separated by commas, as two arguments.
 */
import { partialDeepStrictEqual } from "node:assert";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { freshDatabase, startPostgres } from "../../services/postgres.ts";
import { startKafka } from "../../services/kafka.ts";
import { sightline } from "../cli/run.ts";
import { fillKafka } from "./fill-kafka.ts";
import { type AnyEnvelope, fillLocal } from "./fill-sources.ts";
import { missingLogs, obdEnvelopes, obdFigures } from "./obd.ts";
import { planted } from "./planted.ts";

const [, , events = "100000", sources = "local,parquet,postgres,kafka"] = process.argv;
const folder = await mkdtemp(join(tmpdir(), "sightline-planted-"));
const stops: (() => Promise<unknown>)[] = [];
const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** Puts envelopes there, and resolves with the environment in which verify finds them. */
type Fill = (name: string, envelopes: AnyEnvelope[]) => Promise<NodeJS.ProcessEnv>;

const local: Fill = async (name, envelopes) => {
  const DATA_DIR = join(folder, name);
  await mkdir(DATA_DIR, { recursive: true });
  await fillLocal(DATA_DIR, envelopes);
  return { EVENT_PUBLISHER: "local", DATA_DIR };
};

async function store(name: string, env: NodeJS.ProcessEnv): Promise<void> {
  const { code, err } = await sightline(["store", name, "--once"], env);
  if (code !== 0) throw new Error(`sightline store ${name} ended with ${code}: ${err}`);
}

/** Each with what it needs, once. */
const makers: Record<string, () => Promise<Fill>> = {
  local: async () => local,
  parquet: async () => async (name, envelopes) => {
    const env = await local(name, envelopes);
    await store("parquet", env);
    return env;
  },
  async postgres() {
    const server = await startPostgres();
    stops.push(server.stop);
    return async (name, envelopes) => {
      const env = { ...(await local(name, envelopes)), DATABASE_URL: await freshDatabase(server.url) };
      await store("postgres", env);
      return env;
    };
  },
  async kafka() {
    const broker = await startKafka();
    stops.push(() => broker.stop());
    return (name, envelopes) => fillKafka(broker.brokers, `${name}.`, envelopes);
  },
};

async function judge(source: string, what: string, fill: Fill, envelopes: AnyEnvelope[], expected: object): Promise<boolean> {
  say(`${source}: ${what}`);
  const env = await fill(`${source}-${what.replaceAll(/\W+/g, "-")}`, envelopes);
  const began = performance.now();
  const { out, err } = await sightline(["verify", "--source", source, "--json"], env);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  try {
    partialDeepStrictEqual(JSON.parse(out), expected);
    process.stdout.write(`${source.padEnd(9)} ${what.padEnd(16)} exact, ${envelopes.length} events verified in ${seconds} s\n`);
    return true;
  } catch (error) {
    process.stdout.write(`${source.padEnd(9)} ${what.padEnd(16)} WRONG: ${err}${(error as Error).message}\n`);
    return false;
  }
}

try {
  const { envelopes, expected } = planted(Number(events));
  process.stdout.write(`planted, and expected: ${JSON.stringify(expected)}\n`);
  const logs = missingLogs === undefined ? (["bts", "random"] as const) : [];
  for (const source of sources.split(",")) {
    const make = makers[source];
    if (make === undefined) throw new Error(`expected sources among ${Object.keys(makers).join(", ")}, got ${source}`);
    const fill = await make();
    const judged = [await judge(source, "planted faults", fill, envelopes, expected)];
    for (const log of logs) judged.push(await judge(source, `men-${log}`, fill, await obdEnvelopes(log), obdFigures[log]));
    if (judged.includes(false)) process.exitCode = 1;
  }
} finally {
  for (const stop of stops) await stop();
  await rm(folder, { recursive: true, force: true });
}
