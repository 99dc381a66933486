import { execFile } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { BareFigures, BareRun } from "./clients/bare.ts";
import { BATCH, type Contender } from "./contenders.ts";
import type { Run } from "./figures.ts";
import type { Stage } from "./stage.ts";

const run = promisify(execFile);
const CLIENT = fileURLToPath(new URL("clients/bare.ts", import.meta.url));

/** Sends under way at any time: with one the client waits for the broker, with four it is not faster. */
const IN_FLIGHT = 2;

/** Runs a client with nothing around it, in a process of its own. */
export async function runBare({ client = "kafkajs", transaction = 0 }: Contender, topic: string, stage: Stage): Promise<Run> {
  const { records, times } = stage;
  const { brokers } = stage.broker;
  const given: BareRun = { client, transaction, brokers, topic, records, batch: BATCH, inFlight: IN_FLIGHT, ...times };
  const { stdout } = await run(process.execPath, ["--no-warnings", CLIENT, JSON.stringify(given)]);
  const { messages, ms, cpuMs } = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as BareFigures;
  await stage.stored(topic, messages);
  return { rate: (messages / ms) * 1000, cpuUs: (cpuMs / messages) * 1000 };
}
