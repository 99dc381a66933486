/** The Postgres store beside what the same client consumes and throws away, and beside psql's COPY of the same rows into the same table. */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Client } from "pg";
import { freshDatabase, startPostgres } from "../../test/services/postgres.ts";
import { openBroker } from "../relay/broker.ts";
import type { BenchOptions, BenchReport } from "../lib/bench.ts";
import { machine } from "../lib/machine.ts";
import { markdownTable } from "../lib/markdown-table.ts";
import { exact, whole } from "../lib/numbers.ts";
import { verdictTable } from "../lib/verdict.ts";
import type { StoreRun } from "./postgres-consumer.ts";
import { publishExposures } from "./postgres-events.ts";
import { figuresOf, runConsumer, type StoreRound } from "./run-consumer.ts";

const run = promisify(execFile);
const EVENTS = 1_000_000;
const QUICK_EVENTS = 50_000;

interface Round extends StoreRound {
  copyMs: number;
}

/** Measures it. Starts a Postgres, and a Kafka unless KAFKA_BROKERS names one. */
export async function measurePostgres({
  rounds,
  quick,
  say,
}: Pick<BenchOptions, "rounds" | "quick" | "say">): Promise<BenchReport> {
  const head = machine();
  const events = quick ? QUICK_EVENTS : EVENTS;
  const [broker, postgres] = await Promise.all([openBroker(), startPostgres()]);
  const prefix = `bench-${Date.now()}.`;
  try {
    say(`publishes ${whole(events)} events`);
    const bytes = await publishExposures(broker.brokers, prefix, events);
    const measured: Round[] = [];
    for (let round = 0; round < rounds; round++) {
      const databaseUrl = await freshDatabase(postgres.url);
      const consume = (kind: StoreRun["kind"]) =>
        runConsumer("postgres-consumer.ts", { kind, brokers: broker.brokers, prefix, events, databaseUrl });
      const [discard, store] = [await consume("discard"), await consume("store")];
      const copyMs = await copyByPsql(databaseUrl);
      measured.push({ discard, store, copyMs });
      const rates = [discard.ms, store.ms, copyMs].map((ms) => whole((events / ms) * 1000));
      say(`thrown away: ${rates[0]}, stored: ${rates[1]}, psql: ${rates[2]} events/s; ${whole(store.rssMb)} MB`);
    }
    return reportOf(measured, { events, bytes, head });
  } finally {
    await broker.sweep(prefix);
    await Promise.all([broker.close(), postgres.stop()]);
  }
}

/** Copies the rows out, and into the emptied table again: milliseconds of the latter. */
async function copyByPsql(databaseUrl: string): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "sightline-bench-"));
  const file = join(folder, "events.copy");
  const psql = (command: string) => run("psql", [databaseUrl, "-q", "-v", "ON_ERROR_STOP=1", "-c", command]);
  const client = new Client({ connectionString: databaseUrl });
  try {
    await client.connect();
    await psql(`\\copy (SELECT * FROM exp.events) TO '${file}'`);
    await client.query("TRUNCATE exp.events");
    const began = performance.now();
    await psql(`\\copy exp.events FROM '${file}'`);
    return performance.now() - began;
  } finally {
    await client.end();
    await rm(folder, { recursive: true });
  }
}

function reportOf(
  measured: readonly Round[],
  { events, bytes, head }: { events: number; bytes: number; head: string },
): BenchReport {
  const { rate, share, rows, verdicts } = figuresOf("postgres", measured, events);
  const table = markdownTable([
    ["events from Kafka into Postgres", "events/s", "CPU us each", "memory MB"],
    ...rows,
    ["psql's COPY of the same rows", rate(({ copyMs }) => copyMs), "-", "-"],
  ]);
  const text = [
    `Medians of ${measured.length} rounds over ${whole(events)} exposures of ${whole(bytes)} bytes; Kafka, Postgres (without fsync) and the store on one machine; ${head}.`,
    table,
    `The store reaches ${exact(share(({ copyMs }) => copyMs))} of psql's COPY, which reads rows that are made already; the CPU is that of the client, from the moment that it is a member of its group.`,
    verdictTable(verdicts),
  ].join("\n\n");
  return { text, json: { rounds: measured, events, verdicts, machine: head }, verdicts };
}
