/** A process of its own: what `sightline store parquet` runs, over what is on the topics. Prints how long it took until all of it was in files. */
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { readConfig } from "../../relay/service/settings/config.ts";
import { runParquetStore } from "../../relay/stores/parquet/run.ts";
import { measured } from "./measured.ts";

/** What to do. */
export interface ParquetRun {
  brokers: string;
  prefix: string;
  /** Events that are there. */
  events: number;
  /** Where the archive is to be, and what is under way. */
  folder: string;
}

const { brokers, prefix, events, folder } = JSON.parse(process.argv[2] ?? "") as ParquetRun;
const dataDir = await mkdtemp(join(folder, "data-"));
const env = { EVENT_PUBLISHER: "kafka", KAFKA_BROKERS: brokers, KAFKA_TOPIC_PREFIX: prefix, DATA_DIR: dataDir };
const { bus, parquetStore } = readConfig({ ...env, STORE_PARQUET_GROUP: dataDir, STORE_PARQUET_BATCH_SECONDS: "1" });
const { begin, count, fail, figures } = measured(events);
const stop = new AbortController();
const running = runParquetStore({
  ...parquetStore,
  bus,
  archive: { url: join(folder, "archive"), cacheDir: dataDir },
  dataDir,
  once: false,
  signal: stop.signal,
  report: {
    stored: (_key, rows) => count(rows),
    refused: () => fail(new Error("an event was refused")),
    taken: () => {},
    failed: (_part, error) => fail(error),
    over: () => {},
    compacted: () => {},
  },
  onReady: begin,
});
const found = await Promise.race([figures(), running]);
stop.abort();
await running;
await rm(dataDir, { recursive: true });
console.log(JSON.stringify(found));
