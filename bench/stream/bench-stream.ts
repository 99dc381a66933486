import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readConfig } from "../../relay/service/settings/config.ts";
import { flinkLibraries } from "../../relay/stream/libraries.ts";
import { planOf } from "../../relay/stream/plan.ts";
import { createTables } from "../../relay/stream/prepare.ts";
import { renderJob } from "../../relay/stream/render.ts";
import { freshDatabase, startPostgres } from "../../test/services/postgres.ts";
import type { Bench, BenchOptions, BenchReport } from "../lib/bench.ts";
import { machine } from "../lib/machine.ts";
import { markdownTable } from "../lib/markdown-table.ts";
import { median } from "../lib/median.ts";
import { exact, whole } from "../lib/numbers.ts";
import { judge, judgeLeast, verdictTable } from "../lib/verdict.ts";
import { openBroker } from "../relay/broker.ts";
import { discardOf } from "./discard.ts";
import { publishRequests, type Published } from "./events.ts";
import { measureGrowth } from "./growth.ts";
import { type JobsFigures, runJobs } from "./run-jobs.ts";

const EVENTS = 550_000;
const QUICK_EVENTS = 30_000;
/** Share of the rate of the same engine that decodes the same and throws it away, at least. */
const OF_DISCARD = 0.55;
const MOST_MB = 1_500;
/** Both jobs in one JVM keep each exposure several times; at 4,000 MB it does nothing but collect its heap. */
const FOUR_SINKS_HEAP_MB = 9_000;
/** For `--only growth`; takes a quarter of an hour. */
const GROWTH_EVENTS = 10_000_000;
const QUICK_GROWTH_EVENTS = 1_500_000;

const NAMES = ["discard", "attributed", "four-sinks"] as const;
type Name = (typeof NAMES)[number];

/** The stream jobs beside the engine that they run in, which decodes the same topics and throws all away. */
export const benchStream: Bench = { title: "Stream jobs", names: [...NAMES, "growth"], rounds: 3, run: measure };

async function measure({ only, rounds, quick, say }: BenchOptions): Promise<BenchReport> {
  const head = machine();
  const lib = await flinkLibraries(say);
  const [broker, postgres] = await Promise.all([openBroker(), startPostgres()]);
  const prefix = `bench-${Date.now()}.`;
  const folder = await mkdtemp(join(tmpdir(), "sightline-bench-"));
  try {
    if (only?.includes("growth") === true) {
      const env = { KAFKA_BROKERS: broker.brokers, KAFKA_TOPIC_PREFIX: prefix, DATA_DIR: folder };
      const { text, sizes } = await measureGrowth(lib, env, quick ? QUICK_GROWTH_EVENTS : GROWTH_EVENTS);
      return { text, json: { sizes, machine: head }, verdicts: [] };
    }
    const published = await publishRequests(broker.brokers, prefix, quick ? QUICK_EVENTS : EVENTS);
    say(`published ${whole(published.envelopes)} envelopes`);
    const took = new Map<Name, JobsFigures[]>(NAMES.map((name) => [name, []]));
    for (let round = 0; round < rounds; round++) {
      for (const name of NAMES) {
        if (only !== undefined && !only.includes(name)) continue;
        // It is judged by nothing, and takes as long as all the others.
        if (name === "four-sinks" && round > 0) continue;
        const databaseUrl = await freshDatabase(postgres.url);
        await createTables(databaseUrl);
        const dataDir = await mkdtemp(join(folder, "data-"));
        const env = {
          EVENT_PUBLISHER: "kafka",
          KAFKA_BROKERS: broker.brokers,
          KAFKA_TOPIC_PREFIX: prefix,
          DATABASE_URL: databaseUrl,
          DATA_DIR: dataDir,
        };
        const { bus, stream, service } = readConfig(env);
        const plan = { ...planOf(bus, stream, service.dataDir), isOnce: true };
        const attributed = renderJob("attributed", ["kafka"], plan);
        const scripts = {
          discard: [discardOf(attributed)],
          attributed: [attributed],
          "four-sinks": [
            renderJob("attributed", ["kafka", "iceberg", "parquet"], plan),
            renderJob("figures", ["postgres"], plan),
          ],
        }[name];
        const figures = await runJobs({ lib, scripts, heapMb: name === "four-sinks" ? FOUR_SINKS_HEAP_MB : stream.heapMb });
        took.get(name)!.push(figures);
        say(
          `${name}: ${whole(rateOf(published, figures))} envelopes/s, ${exact(figures.cpuMs / 1000)} s of CPU, ${whole(figures.rss / 1e6)} MB`,
        );
        await rm(dataDir, { recursive: true, force: true });
      }
    }
    return reportOf(took, published, head, quick);
  } finally {
    await rm(folder, { recursive: true, force: true });
    await broker.sweep(prefix);
    await Promise.all([broker.close(), postgres.stop()]);
  }
}

const rateOf = ({ envelopes }: Published, { ms }: JobsFigures): number => (envelopes / ms) * 1000;

const WHAT: Readonly<Record<Name, string>> = {
  discard: "all columns decoded and thrown away",
  attributed: "attributed, into Kafka exactly once",
  "four-sinks": `attributed into Kafka, Iceberg and Parquet, figures into Postgres, one round, heap ${whole(FOUR_SINKS_HEAP_MB)} MB`,
};

function reportOf(
  took: ReadonlyMap<Name, readonly JobsFigures[]>,
  published: Published,
  head: string,
  quick: boolean,
): BenchReport {
  const of = (name: Name, figure: (one: JobsFigures) => number): number => median((took.get(name) ?? []).map(figure));
  const share = (name: Name): number =>
    median((took.get(name) ?? []).map(({ ms }, round) => (took.get("discard")![round]?.ms ?? Number.NaN) / ms));
  const rounds = Math.max(...[...took.values()].map((all) => all.length));
  const table = markdownTable([
    ["envelopes from Kafka", "envelopes/s", "of thrown away", "CPU us each", "RSS MB"],
    ...NAMES.map((name) => [
      WHAT[name],
      whole(of(name, (one) => rateOf(published, one))),
      exact(share(name)),
      whole(of(name, ({ cpuMs }) => (cpuMs / published.envelopes) * 1000)),
      whole(of(name, ({ rss }) => rss / 1e6)),
    ]),
  ]);
  const isJudged = !quick && took.get("discard")!.length > 0 && took.get("attributed")!.length > 0;
  const verdicts = !isJudged
    ? []
    : [
        judgeLeast("attributed", "rate, of decoded and thrown away", share("attributed"), OF_DISCARD),
        judge(
          "attributed",
          "memory of the JVM, MB",
          of("attributed", ({ rss }) => rss / 1e6),
          MOST_MB,
        ),
      ];
  const text = [
    `Medians of ${rounds} rounds over ${whole(published.envelopes)} envelopes of ${whole(published.bytes)} bytes, ${whole(published.clicks)} of them clicks; Kafka, Postgres (without fsync) and Flink on one machine; ${head}.`,
    table,
    ...(verdicts.length > 0 ? [verdictTable(verdicts)] : []),
  ].join("\n\n");
  return { text, json: { took: Object.fromEntries(took), published, verdicts, machine: head }, verdicts };
}
