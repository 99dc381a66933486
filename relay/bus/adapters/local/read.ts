/** Reads topics of a bus in SQLite, whose one table holds the records of all of them. */
import type { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import type { BusRecord, ReadOptions, StoredRecord } from "../../port/bus.ts";
import type { Handle } from "./sqlite-bus.ts";

/** Records read at a time. */
const PAGE = 1_000;
/** The records of one topic, by its index. Of several topics SQLite merges them, where one query for all would sort again for each page. */
const OF_TOPIC = "SELECT * FROM records WHERE topic = ? AND seq > ? AND seq <= ?";

/** What of the bus a reader needs. */
export interface Readable {
  openReader(): Handle | undefined;
  pollMs: number;
}

/** The records of `options.topics` in the order they were published. Each topic is one partition. */
export async function* readRecords(
  bus: Readable,
  { topics, from = "beginning", follow = false, signal }: ReadOptions,
): AsyncGenerator<StoredRecord> {
  const handle = await opened(bus, follow, signal);
  if (handle === undefined) return;
  const { db } = handle;
  try {
    const page = db.prepare(`${topics.map(() => OF_TOPIC).join(" UNION ALL ")} ORDER BY seq LIMIT ${PAGE}`);
    const newest = newestOf(db);
    const end = follow ? Number.MAX_SAFE_INTEGER : newest;
    const starts = topics.map((topic) => (from === "beginning" ? 0 : beforeLast(db, topic, newest, from.last)));
    let after = 0;
    for (;;) {
      if (signal?.aborted) return;
      const rows = page.all(...topics.flatMap((topic, n) => [topic, Math.max(after, starts[n] ?? 0), end]));
      for (const row of rows) {
        after = Number(row["seq"]);
        yield toRecord(row);
        if (signal?.aborted) return;
      }
      if (rows.length > 0) continue;
      if (!follow || !(await pause(bus.pollMs, signal))) return;
    }
  } finally {
    handle.close();
  }
}

/** The place of the newest record of all; 0 where there is none. */
export function newestOf(db: DatabaseSync): number {
  return Number(db.prepare("SELECT max(seq) AS seq FROM records").get()?.["seq"] ?? 0);
}

/** The place after which a topic has so many records up to `newest`; 0 where it has no more than those. */
function beforeLast(db: DatabaseSync, topic: string, newest: number, count: number): number {
  const place = db.prepare("SELECT seq FROM records WHERE topic = ? AND seq <= ? ORDER BY seq DESC LIMIT 1 OFFSET ?");
  return Number(place.get(topic, newest, count)?.["seq"] ?? 0);
}

/** A handle on the bus; a reader that follows waits until there is one. */
async function opened(bus: Readable, follow: boolean, signal: AbortSignal | undefined): Promise<Handle | undefined> {
  for (;;) {
    const handle = bus.openReader();
    if (handle !== undefined || !follow || !(await pause(bus.pollMs, signal))) return handle;
  }
}

/** Waits for the next look; false once aborted. With `ref` the process lives on for it, as it does for a connection. */
export async function pause(ms: number, signal: AbortSignal | undefined, ref = false): Promise<boolean> {
  return sleep(ms, true, { ...(signal ? { signal } : {}), ref }).catch(() => false);
}

/** The record of a row. */
export function toRecord(row: Record<string, unknown>): StoredRecord {
  return {
    topic: String(row["topic"]),
    key: String(row["key"]),
    value: Buffer.from(row["value"] as Uint8Array),
    headers: JSON.parse(String(row["headers"])) as BusRecord["headers"],
    partition: 0,
    offset: BigInt(row["seq"] as number),
    publishedAt: String(row["published_at"]),
  };
}
