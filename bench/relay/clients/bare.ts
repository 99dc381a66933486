/**
 * A process of its own: one client with nothing around it, which produces for a given time and prints what it reached. Its argument is a
 * {@link BareRun} as JSON.
 */
import { readFileSync } from "node:fs";
import process from "node:process";
import { startKafkajs } from "./kafkajs.ts";
import { startPlatformatic } from "./platformatic.ts";

/** What to do. */
export interface BareRun {
  client: "kafkajs" | "platformatic";
  /** Messages in one transaction; 0: none, each batch by itself. */
  transaction: number;
  brokers: string;
  topic: string;
  /** File of `key TAB value` lines, each a record. */
  records: string;
  /** Records in one send. */
  batch: number;
  /** Sends under way at any time, where there is no transaction. */
  inFlight: number;
  warmUpMs: number;
  ms: number;
}

/** What it reached. */
export interface BareFigures {
  messages: number;
  ms: number;
  cpuMs: number;
}

/** A record as the relay would publish it. */
export interface BareRecord {
  key: string;
  value: Buffer;
  headers: Record<string, string>;
}

/** A client that is connected. */
export interface BareClient {
  /** Resolves when the broker has them, with acks=all. */
  send(batch: readonly BareRecord[]): Promise<void>;
  /** Resolves when they are committed; sent in batches, one after the other. */
  transact(batches: readonly (readonly BareRecord[])[]): Promise<void>;
  close(): Promise<void>;
}

const run = JSON.parse(process.argv[2] ?? "") as BareRun;
const client = await (run.client === "kafkajs" ? startKafkajs : startPlatformatic)(run);
const batches = cut(readRecords(run.records), run.batch);
let at = 0;
let sent = 0;
const take = (): readonly BareRecord[] => batches[at++ % batches.length] as BareRecord[];

await produce(run.warmUpMs);
sent = 0;
const [cpu, began] = [process.cpuUsage(), performance.now()];
await produce(run.ms);
const { user, system } = process.cpuUsage(cpu);
console.log(
  JSON.stringify({ messages: sent, ms: performance.now() - began, cpuMs: (user + system) / 1000 } satisfies BareFigures),
);
await client.close();

async function produce(ms: number): Promise<void> {
  const until = performance.now() + ms;
  const parts = Math.ceil(run.transaction / run.batch);
  const lane = async (): Promise<void> => {
    while (performance.now() < until) {
      const taken = Array.from({ length: Math.max(1, parts) }, take);
      await (parts === 0 ? client.send(taken[0] ?? []) : client.transact(taken));
      sent += taken.reduce((sum, batch) => sum + batch.length, 0);
    }
  };
  await Promise.all(Array.from({ length: parts === 0 ? run.inFlight : 1 }, lane));
}

function readRecords(file: string): BareRecord[] {
  return readFileSync(file, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => {
      const tab = line.indexOf("\t");
      return { key: line.slice(0, tab), value: Buffer.from(line.slice(tab + 1)), headers: headersOf(line.slice(tab + 1)) };
    });
}

/** The headers that the relay gives a record. */
function headersOf(line: string): Record<string, string> {
  const { id, event_type, trace_id, metadata } = JSON.parse(line) as Record<"id" | "event_type" | "trace_id", string> & {
    metadata: Record<"tenant_id" | "schema", string>;
  };
  const traceparent = `00-${trace_id}-${trace_id.slice(16)}-00`;
  const { tenant_id, schema } = metadata;
  return { event_id: id, event_type, "content-type": "application/json", traceparent, tenant_id, schema };
}

function cut<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.floor(all.length / size) }, (_, nth) => all.slice(nth * size, (nth + 1) * size));
}
