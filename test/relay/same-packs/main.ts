/**
 * `npm run same-packs -- REF [--deliveries N] [--seed S]`: the relay of a git ref and this one take the same deliveries, on the bus `local`; then all that is on
 * the bus has to be the same byte for byte, dead letters too, and so have the answers and the counters. In the end this relay opens the
 * other's DATA_DIR, is given all of it once more, and may publish nothing. Exit code 1: they differ; 2: not understood.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { checkOut } from "../../../bench/lib/check-out.ts";
import { startRelayProcess } from "../../../dev/relay-process.ts";
import { createLocalBus } from "../../../relay/bus/adapters/local/local.ts";
import { allTopics } from "../../../relay/bus/port/topics.ts";
import { readCounters } from "../../../relay/state/counters.ts";
import { makeDeliveries } from "./deliveries.ts";

const TOKEN = "the-token-of-both-relays";
const USAGE = "npm run same-packs -- REF [--deliveries N] [--seed S]";
/** Fields of dead letters that say when, or in words which of several faults was met first. */
const OWN = /"(failed_at|first_seen_at|error_message)":"[^"]*"/g;
/** The trace of a dead letter's own fields, at its end. */
const TRACE = /(?<="trace_id":)"[^"]*"(?=\}\}$)/;

/** Runs it; returns the exit code. */
async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { deliveries: { type: "string", default: "2000" }, seed: { type: "string", default: "1" } },
  });
  const [ref, ...others] = positionals;
  const [count, seed] = [Number(values.deliveries), Number(values.seed)];
  if (ref === undefined || others.length > 0) throw new Error(`expected a git ref, got ${positionals.join(" ") || "none"}`);
  if (!Number.isInteger(seed) || !Number.isInteger(count) || count < 1)
    throw new Error("expected whole numbers, of deliveries 1 or more");
  const deliveries = makeDeliveries(count, seed);
  await using undo = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), "sightline-same-"));
  undo.defer(() => rmSync(folder, { recursive: true }));
  const older = checkOut(ref);
  undo.defer(older.remove);
  const [before, after] = [join(folder, "before"), join(folder, "after")];
  const told = await run(deliveries, before, join(older.folder, "relay/cli/main.ts"));
  const answers = await run(deliveries, after);
  const published = await records(before);
  const all = [
    same("answers", told, answers),
    same("records and dead letters", published.toSorted(), (await records(after)).toSorted()),
    same("counters", counted(before), counted(after)),
  ];
  await run(deliveries, before);
  all.push(
    same(`records after this relay was given all of it again, on the DATA_DIR of ${ref}`, published, await records(before)),
  );
  return all.every(Boolean) ? 0 : 1;
}

/** Gives a relay the deliveries, one after another; returns its answers. */
async function run(deliveries: readonly Buffer[], dataDir: string, cli?: string): Promise<string[]> {
  const env = { RELAY_PORT: "0", RELAY_TOKEN: TOKEN, DATA_DIR: dataDir, LOG_LEVEL: "error", EVENT_PUBLISHER: "local" };
  const relay = await startRelayProcess({ env, ...(cli !== undefined && { cli }) });
  const answers: string[] = [];
  try {
    for (const body of deliveries) {
      const headers = { authorization: `Bearer ${TOKEN}`, "content-type": "application/x-ndjson" };
      const answer = await fetch(`${relay.url}/v1/deliveries`, { method: "POST", headers, body: new Uint8Array(body) });
      answers.push(`${answer.status} ${await answer.text()}`);
    }
  } finally {
    await relay.stop();
  }
  return answers;
}

/** Half a surrogate pair, which no bus but SQLite's could carry, is compared as the character that UTF-8 has for it. */
async function records(dataDir: string): Promise<string[]> {
  const bus = createLocalBus({ dataDir, dlqSuffix: ".dlq" });
  const read = await Array.fromAsync(bus.read({ topics: allTopics({ prefix: "", dlqSuffix: ".dlq" }) }));
  await bus.close();
  return read.map(({ topic, key, value, headers }) => {
    return JSON.stringify([
      topic,
      key.toWellFormed(),
      Object.entries(headers).map(([name, text]) => `${name}: ${text.toWellFormed()}`),
      topic.endsWith(".dlq") ? deadLetter(value.toString()) : value.toString("base64"),
    ]);
  });
}

function deadLetter(text: string): string {
  return text.replaceAll(OWN, '"$1":""').replace(TRACE, wellFormed);
}

function wellFormed(quoted: string): string {
  return JSON.stringify((JSON.parse(quoted) as string).toWellFormed());
}

const counted = (dataDir: string): string[] => (readCounters(dataDir) ?? []).map((row) => JSON.stringify(row)).toSorted();

const same = (what: string, before: string[], after: string[]): boolean => {
  const at = before.findIndex((line, nth) => line !== after[nth]);
  const isSame = at === -1 && before.length === after.length;
  console.log(
    isSame
      ? `${what}: ${before.length}, the same`
      : `${what}: differ at ${at} of ${before.length} and ${after.length}\n  before: ${before.at(at)}\n  this: ${after.at(at)}`,
  );
  return isSame;
};

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`${(error as Error).stack}\n${USAGE}`);
  process.exitCode = 2;
}
