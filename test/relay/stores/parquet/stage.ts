/** A folder with a local bus and an archive, and what is put on the one and read from the other. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createReadableBus } from "../../../../relay/bus/create.ts";
import { readConfig } from "../../../../relay/service/settings/config.ts";
import { openArchive } from "../../../../relay/stores/archive/open-archive.ts";
import { sightline } from "../../cli/run.ts";
import { readFileSync } from "node:fs";

const [, first] = readFileSync("test/wire/pack.txt", "utf8").split("\n");
const exposure = JSON.parse(first!);

/** The envelope of an exposure. */
export function envelope(id: string, timestamp: string, more: { type?: string; propensity?: number } = {}): string {
  const items = [{ item_id: "a", position: 1, propensity: more.propensity ?? 0.5 }];
  const payload = { ...exposure.payload, timestamp, items };
  return JSON.stringify({ ...exposure, id, type: more.type ?? exposure.type, occurred_at: timestamp, payload });
}

/** Makes it; `env` is added to that of the store. */
export async function archiveStage(env: NodeJS.ProcessEnv = {}) {
  const dataDir = await mkdtemp(join(tmpdir(), "sightline-parquet-"));
  const settings = { EVENT_PUBLISHER: "local", DATA_DIR: dataDir, STORE_PARQUET_BATCH_SECONDS: "3600", ...env };
  const { bus: config } = readConfig(settings);
  const bus = await createReadableBus({ ...config, place: { ...config.place, slot: undefined } });
  const topic = `${config.topics.prefix}rec.exposure.recorded.v1`;
  return {
    dataDir,
    settings,
    topic,
    archive: join(dataDir, "archive"),
    /** Publishes values under one key. */
    async publish(values: readonly (string | Buffer)[]): Promise<void> {
      const records = values.map((value) => ({ topic, key: "k", value: Buffer.from(value), headers: { of: "the test" } }));
      await bus.publish({ number: 0, records });
    },
    /** Stores all that is there. */
    store: (more: NodeJS.ProcessEnv = {}) => sightline(["store", "parquet", "--once", "--json"], { ...settings, ...more }),
    async query(sql: string): Promise<Record<string, unknown>[]> {
      const archive = await openArchive({ url: join(dataDir, "archive"), cacheDir: join(dataDir, "cache") });
      try {
        return (await archive.connection.runAndReadAll(sql)).getRowObjectsJson();
      } finally {
        archive.close();
      }
    },
    async deadLetters(): Promise<{ key: string; headers: Record<string, string>; value: string }[]> {
      const found = [];
      for await (const { key, headers, value } of bus.read({ topics: [topic + config.topics.dlqSuffix] })) {
        found.push({ key, headers, value: value.toString() });
      }
      return found;
    },
    async end(): Promise<void> {
      await bus.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
