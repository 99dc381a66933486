/** Puts envelopes where verify reads them, each by a way of its own. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { hourFolder } from "../../../relay/stores/archive/layout.ts";
import { createLocalBus } from "../../../relay/bus/adapters/local/local.ts";
import type { BusRecord, Publisher } from "../../../relay/bus/port/bus.ts";
import { TABLES } from "../../../relay/stores/columns/tables.ts";
import { createRecordTable } from "../../../relay/stores/duckdb/append-records.ts";
import { rowsOf } from "../../../relay/stores/duckdb/from-envelope.ts";
import { openDuckDb } from "../../../relay/stores/duckdb/open.ts";
import type { Envelope, Rejection } from "../../../worker/src/envelope/envelope.ts";

export type AnyEnvelope = Envelope | Envelope<Rejection>;

const BATCH = 1_000;

/** The record that the relay makes of an envelope. */
export function recordOf(envelope: AnyEnvelope, prefix = ""): BusRecord {
  const { tenant_id, key_kind = "web", partition_key } = envelope.metadata;
  const headers = { event_id: envelope.id, event_type: envelope.event_type, tenant_id, key_kind };
  return { topic: prefix + envelope.type, key: partition_key, value: Buffer.from(JSON.stringify(envelope)), headers };
}

/** Publishes them. */
export async function publishAll(bus: Publisher, envelopes: readonly AnyEnvelope[], prefix = ""): Promise<void> {
  for (let from = 0, number = 1; from < envelopes.length; from += BATCH, number++) {
    await bus.publish({ number, records: envelopes.slice(from, from + BATCH).map((one) => recordOf(one, prefix)) });
  }
}

/** Makes a bus `local` of them in a folder. */
export async function fillLocal(dataDir: string, envelopes: readonly AnyEnvelope[]): Promise<void> {
  const bus = createLocalBus({ dataDir, dlqSuffix: ".dlq" });
  await publishAll(bus, envelopes);
  await bus.close();
}

/** Makes an archive of them in a folder, a file for each table and hour. */
export async function fillArchive(folder: string, envelopes: readonly AnyEnvelope[]): Promise<void> {
  const duckDb = await openDuckDb();
  try {
    const { connection } = duckDb;
    const records = await createRecordTable(connection, "records");
    for (const [n, envelope] of envelopes.entries()) {
      const published = {
        partition: 0,
        offset: BigInt(n),
        publishedAt: new Date(Date.parse(envelope.received_at) + 100).toISOString(),
      };
      records.append({ ...recordOf(envelope), ...published });
    }
    await records.load();
    for (const table of TABLES) {
      const time = table.columns.some(({ name }) => name === "timestamp") ? "timestamp" : "occurred_at";
      const rows = `SELECT * FROM (${rowsOf(table, "records")})`;
      const hours = await connection.runAndReadAll(
        `SELECT DISTINCT epoch_ms(date_trunc('hour', "${time}")) AS hour FROM (${rows})`,
      );
      for (const { hour } of hours.getRowObjectsJS()) {
        const path = join(folder, hourFolder(table, new Date(Number(hour))));
        mkdirSync(path, { recursive: true });
        const ofHour = `${rows} WHERE epoch_ms(date_trunc('hour', "${time}")) = ${hour}`;
        await connection.run(`COPY (${ofHour}) TO '${join(path, `${table.name}_test-1-2.parquet`)}' (FORMAT parquet)`);
      }
    }
  } finally {
    duckDb.close();
  }
}
