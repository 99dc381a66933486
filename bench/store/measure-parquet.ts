/** The Parquet store beside what the same client consumes and throws away, and beside DuckDB's read_json of the same events into Parquet. */
import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { ENVELOPE_COLUMNS } from "../../relay/stores/duckdb/envelopes.ts";
import { openDuckDb } from "../../relay/stores/duckdb/open.ts";
import { literal } from "../../relay/stores/duckdb/sql.ts";
import { kafkaServiceBus } from "../../test/services/bus-of.ts";
import type { BenchOptions, BenchReport } from "../lib/bench.ts";
import { machine } from "../lib/machine.ts";
import { markdownTable } from "../lib/markdown-table.ts";
import { exact, whole } from "../lib/numbers.ts";
import { verdictTable } from "../lib/verdict.ts";
import { openBroker } from "../relay/broker.ts";
import type { StoreFigures } from "./measured.ts";
import type { ParquetRun } from "./parquet-consumer.ts";
import type { StoreRun } from "./postgres-consumer.ts";
import { publishExposures } from "./postgres-events.ts";
import { figuresOf, runConsumer, type StoreRound } from "./run-consumer.ts";

const EVENTS = 1_000_000;
const QUICK_EVENTS = 100_000;

interface Round extends StoreRound {
  /** One run of DuckDB over a file, with as many threads as there are cores. */
  duckDb: Pick<StoreFigures, "ms" | "cpuMs">;
}

/** Measures it. Starts a Kafka unless KAFKA_BROKERS names one. */
export async function measureParquet({
  rounds,
  quick,
  say,
}: Pick<BenchOptions, "rounds" | "quick" | "say">): Promise<BenchReport> {
  const head = machine();
  const events = quick ? QUICK_EVENTS : EVENTS;
  const broker = await openBroker();
  const prefix = `bench-${Date.now()}.`;
  const folder = await mkdtemp(join(tmpdir(), "sightline-bench-"));
  try {
    say(`publishes ${whole(events)} events`);
    const bytes = await publishExposures(broker.brokers, prefix, events);
    const lines = join(folder, "events.ndjson");
    await writeLines(broker.brokers, prefix, lines);
    const measured: Round[] = [];
    for (let round = 0; round < rounds; round++) {
      const own = await mkdtemp(join(folder, "round-"));
      const given: StoreRun & ParquetRun = {
        kind: "discard",
        brokers: broker.brokers,
        prefix,
        events,
        databaseUrl: "",
        folder: own,
      };
      const discard = await runConsumer("postgres-consumer.ts", given);
      const store = await runConsumer("parquet-consumer.ts", given);
      const duckDb = await readJson(lines, join(own, "one.parquet"));
      measured.push({ discard, store, duckDb });
      const rates = [discard.ms, store.ms, duckDb.ms].map((ms) => whole((events / ms) * 1000));
      say(`thrown away: ${rates[0]}, stored: ${rates[1]}, DuckDB: ${rates[2]} events/s; ${whole(store.rssMb)} MB`);
      await rm(own, { recursive: true });
    }
    return reportOf(measured, { events, bytes, head });
  } finally {
    await rm(folder, { recursive: true, force: true });
    await broker.sweep(prefix);
    await broker.close();
  }
}

/** The values, a line each. */
async function writeLines(brokers: string, prefix: string, path: string): Promise<void> {
  const bus = kafkaServiceBus({ KAFKA_BROKERS: brokers, KAFKA_TOPIC_PREFIX: prefix });
  async function* lines() {
    for await (const { value } of bus.read({ topics: [`${prefix}rec.exposure.recorded.v1`] }))
      yield Buffer.concat([value, Buffer.of(10)]);
  }
  await pipeline(Readable.from(lines()), createWriteStream(path)).finally(() => bus.close());
}

/** The least that could be done: the same columns, from one file into one. */
async function readJson(lines: string, to: string): Promise<Round["duckDb"]> {
  const duckDb = await openDuckDb();
  const columns = Object.entries(ENVELOPE_COLUMNS).map(([name, type]) => `${literal(name)}: ${literal(type)}`);
  const source = `read_json(${literal(lines)}, format = 'newline_delimited', columns = {${columns.join(", ")}})`;
  const began = { at: performance.now(), cpu: process.cpuUsage() };
  await duckDb.connection.run(`COPY (FROM ${source}) TO ${literal(to)} (FORMAT parquet, COMPRESSION zstd)`);
  const { user, system } = process.cpuUsage(began.cpu);
  const took = { ms: performance.now() - began.at, cpuMs: (user + system) / 1000 };
  duckDb.close();
  return took;
}

function reportOf(
  measured: readonly Round[],
  { events, bytes, head }: { events: number; bytes: number; head: string },
): BenchReport {
  const { rate, share, cpuUs, rows, verdicts } = figuresOf("parquet", measured, events);
  const table = markdownTable([
    ["events from Kafka into Parquet", "events/s", "CPU us each", "memory MB"],
    ...rows,
    ["DuckDB, read_json of a file into one of Parquet", rate(({ duckDb }) => duckDb.ms), cpuUs(({ duckDb }) => duckDb), "-"],
  ]);
  const text = [
    `Medians of ${measured.length} rounds over ${whole(events)} exposures of ${whole(bytes)} bytes; Kafka and the store on one machine, the archive in a folder; ${head}.`,
    table,
    `The store reaches ${exact(share(({ duckDb }) => duckDb.ms))} of DuckDB's one run, which has no bus to read and no plan to keep.`,
    verdictTable(verdicts),
  ].join("\n\n");
  return { text, json: { rounds: measured, events, verdicts, machine: head }, verdicts };
}
