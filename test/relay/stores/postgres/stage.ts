/** A database, and a bus in a folder, for the store to stand between. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Pool } from "pg";
import { createReadableBus } from "../../../../relay/bus/create.ts";
import type { BusRecord } from "../../../../relay/bus/port/record.ts";
import { readConfig } from "../../../../relay/service/settings/config.ts";
import { freshDatabase } from "../../../services/postgres.ts";
import { sightline } from "../../cli/run.ts";
import { type Made, recordOf } from "./envelopes.ts";

/** Makes both; `env` is added to that of the store. */
export async function storeStage(serverUrl: string, env: NodeJS.ProcessEnv = {}) {
  const url = await freshDatabase(serverUrl);
  const pool = new Pool({ connectionString: url, max: 4 });
  pool.on("error", () => {});
  const dataDir = await mkdtemp(join(tmpdir(), "sightline-store-"));
  const settings = { DATABASE_URL: url, EVENT_PUBLISHER: "local", DATA_DIR: dataDir, STORE_POSTGRES_LINGER_MS: "20", ...env };
  const { bus: config } = readConfig(settings);
  const openBus = () => createReadableBus({ ...config, place: { ...config.place, slot: undefined } });
  const bus = await openBus();
  let number = 0;
  /** Publishes events, or values of records that are none. */
  const publish = async (...made: (Made | string | Buffer | BusRecord)[]): Promise<void> => {
    const records = made.map((one) => (isRecord(one) ? one : recordOf(one, config.topics.prefix)));
    await bus.open([...new Set(records.map(({ topic }) => topic))]);
    await bus.publish({ number: ++number, records });
  };
  /** Stores all that is there; resolves with its counts. */
  const store = async (more: NodeJS.ProcessEnv = {}) => {
    const { code, out, err } = await sightline(["store", "postgres", "--once", "--json"], { ...settings, ...more });
    if (out === "") throw new Error(`the store ended with ${code}: ${err}`);
    return { code, err, ...(JSON.parse(out) as { stored: number; duplicates: number; refused: number }) };
  };
  const query = async (text: string, values: unknown[] = []) =>
    (await pool.query(text, values)).rows as Record<string, unknown>[];
  /** Dead letters: their text and why they are dead. */
  const deadLetters = async () => {
    const topics = config.topics;
    const found: { value: string; metadata: Record<string, unknown> }[] = [];
    const dead = ["rec.exposure.recorded.v1", "rec.outcome.recorded.v1", "app.event.recorded.v1"];
    for await (const { value } of bus.read({ topics: dead.map((topic) => topics.prefix + topic + topics.dlqSuffix) })) {
      found.push({ value: value.toString(), metadata: JSON.parse(value.toString())["_dlq_metadata"] });
    }
    return found;
  };
  const end = async (): Promise<void> => {
    await pool.end();
    await bus.close();
    await rm(dataDir, { recursive: true, force: true });
  };
  return { url, dataDir, settings, pool, bus, publish, store, query, deadLetters, end };
}

function isRecord(one: Made | string | Buffer | BusRecord): one is BusRecord {
  return typeof one === "object" && "topic" in one && "value" in one;
}
