/** Reads topics of the bus `local`, whose one file holds the records of all of them. */
import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import type { BusRecord, ReadOptions, StoredRecord } from "../../port/bus.ts";

/** How often a reader that follows looks for more, milliseconds. */
const POLL_MS = 100;
/** Records read at a time. */
const PAGE = 1_000;
/** The records of one topic, by its index. Of several topics SQLite merges them, where one query for all would sort again for each page. */
const OF_TOPIC = "SELECT * FROM records WHERE topic = ? AND seq > ? AND seq <= ?";

/** The records of `options.topics` in the order they were published. Each topic is one partition. */
export async function* readLocal(
  file: string,
  { topics, from = "beginning", follow = false, signal }: ReadOptions,
): AsyncGenerator<StoredRecord> {
  if (!(await exists(file, follow, signal))) return;
  const db = new DatabaseSync(file, { readOnly: true, timeout: 5_000 });
  try {
    const page = db.prepare(`${topics.map(() => OF_TOPIC).join(" UNION ALL ")} ORDER BY seq LIMIT ${PAGE}`);
    const newest = Number(db.prepare("SELECT max(seq) AS seq FROM records").get()?.["seq"] ?? 0);
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
      if (!follow || !(await pause(signal))) return;
    }
  } finally {
    db.close();
  }
}

/** The place after which a topic has so many records up to `newest`; 0 where it has no more than those. */
function beforeLast(db: DatabaseSync, topic: string, newest: number, count: number): number {
  const place = db.prepare("SELECT seq FROM records WHERE topic = ? AND seq <= ? ORDER BY seq DESC LIMIT 1 OFFSET ?");
  return Number(place.get(topic, newest, count)?.["seq"] ?? 0);
}

/** Whether there is a bus yet; a reader that follows waits for it. */
async function exists(file: string, follow: boolean, signal: AbortSignal | undefined): Promise<boolean> {
  for (;;) {
    if (existsSync(file)) return true;
    if (!follow || !(await pause(signal))) return false;
  }
}

/** Waits for the next look; false once aborted. */
async function pause(signal: AbortSignal | undefined): Promise<boolean> {
  return sleep(POLL_MS, true, { ...(signal ? { signal } : {}), ref: false }).catch(() => false);
}

function toRecord(row: Record<string, unknown>): StoredRecord {
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
