/** What the trials have in common: the logs of Open Bandit on topics of their own, bit by bit, and what the sinks have to have in the end. */
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { shuffle } from "../../../../demo/replay/shuffle.ts";
import { readConfig } from "../../../../relay/service/settings/config.ts";
import { literal } from "../../../../relay/stores/duckdb/sql.ts";
import { dataFiles } from "../../../../relay/stores/iceberg/data-files.ts";
import { findTable } from "../../../../relay/stores/iceberg/find-table.ts";
import { readMetadata } from "../../../../relay/stores/iceberg/metadata.ts";
import { openDuckDb } from "../../../../relay/stores/duckdb/open.ts";
import { planOf } from "../../../../relay/stream/plan.ts";
import { createTables, createTopics } from "../../../../relay/stream/prepare.ts";
import { kafkaServiceBus } from "../../../services/bus-of.ts";
import { freshDatabase } from "../../../services/postgres.ts";
import { type AnyEnvelope, publishAll } from "../../analysis/fill-sources.ts";
import { obdEnvelopes, obdFigures } from "../../analysis/obd.ts";

const LOOK_MS = 250;
const NO_CATALOG = { catalog: undefined, catalogName: undefined, warehouse: undefined, token: undefined, store: {} };
const SLICES = 40;
/** Between two slices, so that events come while something breaks. */
const PACE_MS = 400;

/** Servers of a trial. */
export interface Servers {
  brokers: string;
  url: string;
}

/** A trial's own topics, database and folder. */
export type Stage = Awaited<ReturnType<typeof openStage>>;

/** Makes them. */
export async function openStage({ brokers, url }: Servers) {
  const dataDir = await mkdtemp(join(tmpdir(), "sightline-stream-kills-"));
  const databaseUrl = await freshDatabase(url);
  const prefix = `kills-${randomUUID()}.`;
  const env = {
    EVENT_PUBLISHER: "kafka",
    KAFKA_BROKERS: brokers,
    KAFKA_TOPIC_PREFIX: prefix,
    DATABASE_URL: databaseUrl,
    DATA_DIR: dataDir,
    STREAM_CHECKPOINT_SECONDS: "2",
  };
  const { bus: config, stream, service } = readConfig(env);
  await createTopics(config);
  await createTables(databaseUrl);
  const bus = kafkaServiceBus(env);
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  const joined: { event_id: string; tenant_id: string }[] = [];
  const ending = new AbortController();
  // Not by kafkajs: where several transactions were taken back it brings records of theirs (kafkajs 2.2.4).
  const reading = (async () => {
    const options = { topics: [`${prefix}rec.outcome.attributed.v1`], follow: true, signal: ending.signal };
    for await (const { value } of bus.read(options)) joined.push(JSON.parse(value.toString()));
  })();
  return {
    brokers,
    prefix,
    env,
    dataDir,
    plan: planOf(config, stream, service.dataDir),
    /** Publishes, and resolves when that is confirmed. */
    publish: (envelopes: readonly AnyEnvelope[]) => publishAll(bus, envelopes, prefix),
    /** What a read_committed reader of the topic of joined outcomes has had so far. */
    joined,
    figures: async (): Promise<string[]> => {
      const { rows } = await client.query<{ line: string }>(FIGURES);
      return rows.map(({ line }) => line);
    },
    exposuresOf: async (tenant: string): Promise<number> => {
      const sql = "SELECT coalesce(sum(exposures), 0)::int AS n FROM exp.stream_ctr_by_position WHERE tenant_id = $1";
      return (await client.query<{ n: number }>(sql, [tenant])).rows[0]!.n;
    },
    async close() {
      ending.abort();
      await reading;
      await Promise.all([bus.close(), client.end()]);
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Both logs, each event twice, in an order that has nothing to do with time. */
export async function shuffledLogs(): Promise<AnyEnvelope[]> {
  const logs = [...(await obdEnvelopes("bts")), ...(await obdEnvelopes("random"))];
  return Array.fromAsync(shuffle(Readable.from([...logs, ...logs]), "kills"));
}

/**
 * Publishes in slices, while the jobs run. From each of the shares on, a blow goes on beside it, which ends before the next share at the latest:
 * so that there is a middle to be killed in, however fast the machine is.
 */
export async function publishUnder(
  stage: Stage,
  all: readonly AnyEnvelope[],
  shares: readonly number[],
  blow: () => Promise<void>,
): Promise<void> {
  const size = Math.ceil(all.length / SLICES);
  const last = 0.9;
  let going = Promise.resolve();
  const ahead = [...shares, last];
  for (let from = 0; from < all.length; from += size) {
    if (from / all.length >= (ahead[0] ?? 1)) {
      await going;
      if (ahead.shift() !== last) going = blow();
    }
    await stage.publish(all.slice(from, from + size));
    await sleep(PACE_MS);
  }
}

const FIGURES = `SELECT surface || ' ' || position || ': ' || sum(clicks) || '/' || sum(exposures) AS line
  FROM exp.stream_ctr_by_position WHERE tenant_id = 'demo' GROUP BY surface, position ORDER BY surface, position`;

/** The figures that are known. */
export const EXPECTED = (["bts", "random"] as const).flatMap((log) =>
  Object.entries(obdFigures[log].by_position).map(
    ([position, { clicks, exposures }]) => `obd.men-${log} ${position}: ${clicks}/${exposures}`,
  ),
);
export const EXPECTED_JOINED = obdFigures.bts.joined + obdFigures.random.joined;

/** Rows of Parquet files. */
export async function inFiles(files: readonly string[]): Promise<number> {
  if (files.length === 0) return 0;
  const duckDb = await openDuckDb();
  try {
    const sql = `SELECT count(*)::INT AS rows FROM read_parquet([${files.map(literal).join(", ")}])`;
    const [row] = (await duckDb.connection.runAndReadAll(sql)).getRowObjectsJS();
    return row?.["rows"] as number;
  } finally {
    duckDb.close();
  }
}

/** Files of an Iceberg table's newest snapshot: what a killed job had written and not committed is in none. */
export async function icebergFiles(table: string): Promise<string[]> {
  const { location, files } = await findTable({ ...NO_CATALOG, table });
  const { snapshot } = readMetadata(await files.read(location), location);
  const locations = snapshot === undefined ? [] : await dataFiles(snapshot.manifestList, (file) => files.read(file));
  return Promise.all(locations.map((file) => files.path(file, "")));
}

/** Resolves when it holds; throws what was to be after so many seconds. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, seconds = 300): Promise<void> {
  const before = Date.now() + seconds * 1000;
  while (!(await holds())) {
    if (Date.now() > before) throw new Error(`expected within ${seconds} s: ${what}`);
    await sleep(LOOK_MS);
  }
}
