import { execFile } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { kafkaServiceBus } from "../../test/services/bus-of.ts";
import type { Bench, BenchOptions, BenchReport } from "../lib/bench.ts";
import { machine } from "../lib/machine.ts";
import { markdownTable } from "../lib/markdown-table.ts";
import { median } from "../lib/median.ts";
import { exact, whole } from "../lib/numbers.ts";
import { judgeLeast, verdictTable } from "../lib/verdict.ts";
import { openBroker } from "../relay/broker.ts";
import type { ConsumeFigures, ConsumeRun } from "./consumer.ts";

const run = promisify(execFile);
const CONSUMER = fileURLToPath(new URL("consumer.ts", import.meta.url));
/** Records of the topic, and bytes of a value. */
const RECORDS = 300_000;
const QUICK_RECORDS = 30_000;
const VALUE_BYTES = 1_000;
const BATCH = 1_000;
/** Share of what the client reaches bare, at least. */
const OF_BARE = 0.8;
const KINDS = ["bare", "bus", "eventbus"] as const;

/** Consuming on Kafka by a group of the bus, beside the client that it uses, bare. */
export const benchConsume: Bench = { title: "Consuming on Kafka", names: KINDS, rounds: 3, run: measure };

async function measure({ only, rounds, quick, say }: BenchOptions): Promise<BenchReport> {
  const head = machine();
  const broker = await openBroker();
  const topic = `bench.${Date.now()}.consume`;
  const records = quick ? QUICK_RECORDS : RECORDS;
  try {
    await broker.makeTopic(topic);
    say(`publishes ${whole(records)} records`);
    await fill(broker.brokers, topic, records);
    const chosen = KINDS.filter((kind) => !only || only.includes(kind));
    const rows = chosen.map((kind) => ({ kind, rates: [] as number[], cpuUs: [] as number[] }));
    for (let round = 0; round < rounds; round++) {
      // Each round begins with another one.
      for (const row of round % 2 === 0 ? rows : rows.toReversed()) {
        const given: ConsumeRun = { kind: row.kind, brokers: broker.brokers, topic, records };
        const { stdout } = await run(process.execPath, ["--no-warnings", CONSUMER, JSON.stringify(given)]);
        const { ms, cpuMs } = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as ConsumeFigures;
        row.rates.push((records / ms) * 1000);
        row.cpuUs.push((cpuMs / records) * 1000);
        say(`${row.kind}: ${whole(row.rates.at(-1)!)} records/s`);
      }
    }
    const of = (kind: string) => rows.find((row) => row.kind === kind)?.rates;
    const bare = of("bare");
    const verdicts = (["bus", "eventbus"] as const).flatMap((kind) => {
      const own = of(kind);
      if (!bare || !own) return [];
      return judgeLeast(kind, "rate, of the client bare", median(own.map((rate, i) => rate / bare[i]!)), OF_BARE);
    });
    const table = markdownTable([
      ["a group of one", "records/s", "CPU us each"],
      ...rows.map(({ kind, rates, cpuUs }) => [kind, whole(median(rates)), exact(median(cpuUs))]),
    ]);
    const text = [
      `Medians of ${rounds} rounds over ${whole(records)} records of ${VALUE_BYTES} bytes; ${head}.`,
      table,
      "- bare: @platformatic/kafka's own consumer, no commits\n- bus: `subscribe` of the bus, with a sink that acknowledges at once; commits after 100 records\n- eventbus: `subscribeStream` with a handler that does nothing; its JSON is read, and dead letters are on",
      verdictTable(verdicts),
    ].join("\n\n");
    return { text, json: { rows, verdicts, machine: head }, verdicts };
  } finally {
    await broker.sweep(topic);
    await broker.close();
  }
}

async function fill(brokers: string, topic: string, records: number): Promise<void> {
  const bus = kafkaServiceBus({ KAFKA_BROKERS: brokers });
  const event = { event_type: "bench", text: "" };
  const value = Buffer.from(JSON.stringify({ ...event, text: "x".repeat(VALUE_BYTES - JSON.stringify(event).length) }));
  const headers = { event_type: "bench", "content-type": "application/json", tenant_id: "t1" };
  for (let at = 0; at < records; at += BATCH) {
    const batch = Array.from({ length: BATCH }, (_, i) => ({ topic, key: `k${at + i}`, value, headers }));
    await bus.publish({ number: 0, records: batch });
  }
  await bus.close();
}
