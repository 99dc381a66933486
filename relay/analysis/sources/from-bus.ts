/** A bus as a source: its records are read once, and lie as typed rows in Parquet files of a temporary folder, so that memory does not limit them. */
import { join } from "node:path";
import type { Reader } from "../../bus/port/bus.ts";
import { dlqName, ENVELOPE_TYPES, type TopicNames, topicName } from "../../bus/port/topics.ts";
import { readDeadLetters } from "../../bus/records/read-dead-letters.ts";
import { jsonObject } from "../../lib/json-object.ts";
import { TABLES } from "../../stores/columns/tables.ts";
import { createRecordTable } from "../../stores/duckdb/append-records.ts";
import { quoted, rowsOf, unreadableIn } from "../../stores/duckdb/from-envelope.ts";
import { type DuckDb, type DuckDbLimits, openDuckDb } from "../../stores/duckdb/open.ts";
import { createUnreadable } from "../read-event.ts";
import type { DeadLetterCount, Selection, Source } from "./source.ts";

/** Records that become rows at a time. */
const BATCH = 50_000;

interface FromBusOptions extends DuckDbLimits {
  bus: Reader & { readonly name: string };
  topics: TopicNames;
  /** Of dead letters, those that failed in this time, of this tenant. */
  selection: Selection;
  /** Told how many records were read so far. */
  onProgress?: ((read: number) => void) | undefined;
}

/** Reads the bus from its beginning to its present end. */
export async function fromBus({ bus, topics, selection, onProgress, ...limits }: FromBusOptions): Promise<Source> {
  const duckDb = await openDuckDb(limits);
  try {
    const unreadable = createUnreadable();
    const read = await loadRecords({ bus, topics, duckDb, unreadable, onProgress });
    const deadLetters = await countDeadLetters({
      bus,
      topics: ENVELOPE_TYPES.map((type) => dlqName(topics, topicName(topics, type))),
      selection,
      onProgress: (more) => onProgress?.(read + more),
      onUnreadable: (_reason, record) => unreadable.add(record),
    });
    return {
      name: bus.name,
      connection: duckDb.connection,
      folder: duckDb.folder,
      unreadable: unreadable.figures(),
      deadLetters,
      close: () => duckDb.close(),
    };
  } catch (error) {
    duckDb.close();
    throw error;
  }
}

interface LoadOptions extends Pick<FromBusOptions, "bus" | "topics" | "onProgress"> {
  duckDb: DuckDb;
  unreadable: ReturnType<typeof createUnreadable>;
}

/** Makes the three relations, and resolves with the number of records. */
async function loadRecords({
  bus,
  topics,
  duckDb: { connection, folder },
  unreadable,
  onProgress,
}: LoadOptions): Promise<number> {
  let records = await createRecordTable(connection, "records");
  let waiting = 0;
  let files = 0;
  const write = async (): Promise<void> => {
    await records.load();
    for (const { name, rows } of TABLES.map((table) => ({ name: table.name, rows: rowsOf(table, "records") }))) {
      const file = join(folder, `${name}-${files}.parquet`).replaceAll("'", "''");
      await connection.run(`COPY (${rows}) TO '${file}' (FORMAT parquet)`);
    }
    const lost = await connection.runAndReadAll(`${unreadableIn(TABLES, "records")} ORDER BY ALL`);
    for (const { topic, partition, offset } of lost.getRowObjectsJS()) {
      unreadable.add({ topic: String(topic), partition: Number(partition), offset: offset as bigint });
    }
    await connection.run("DROP TABLE records");
    records = await createRecordTable(connection, "records");
    waiting = 0;
    files++;
  };
  let read = 0;
  for await (const record of bus.read({ topics: ENVELOPE_TYPES.map((type) => topicName(topics, type)) })) {
    records.append(record);
    onProgress?.(++read);
    if (++waiting === BATCH) await write();
  }
  await write();
  for (const { name } of TABLES) {
    const pattern = join(folder, `${name}-*.parquet`).replaceAll("'", "''");
    await connection.run(`CREATE VIEW ${quoted(name)} AS SELECT * FROM read_parquet('${pattern}', union_by_name = true)`);
  }
  return read;
}

type DeadLetterOptions = Parameters<typeof readDeadLetters>[0] & { selection: Selection };

async function countDeadLetters({ selection: { from, to, tenant }, ...options }: DeadLetterOptions): Promise<DeadLetterCount[]> {
  const counts = new Map<string, DeadLetterCount>();
  for await (const { original, metadata, tenant_id } of readDeadLetters(options)) {
    const payload = jsonObject(original)?.["payload"] as { surface?: unknown } | null | undefined;
    const surface = typeof payload?.surface === "string" ? payload.surface : null;
    const failedAt = new Date(metadata.failed_at);
    if ((tenant !== undefined && tenant_id !== tenant) || (from && failedAt < from) || (to && failedAt >= to)) continue;
    const key = JSON.stringify([tenant_id, surface, metadata.error_code]);
    const count = counts.get(key) ?? { tenant_id, surface, code: metadata.error_code, letters: 0 };
    count.letters++;
    counts.set(key, count);
  }
  return [...counts.values()];
}
