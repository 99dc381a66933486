/**
 * Queues in one SQLite file: leases, attempts, delays, dead-letter queues. Every change is on the disk when its call returns, so a queue
 * outlives its process, and a message is gone only when it was acked, or used up where there is no dead-letter queue.
 */
import { createHash, randomBytes } from "node:crypto";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { openDatabase, transaction } from "../dedup/database.ts";

/** A queue and the settings of its consumer. */
export interface QueueSettings {
  name: string;
  /** Deliveries after the first, until a message is given up. */
  maxRetries: number;
  /** Name of the queue for what is given up; undefined: it is deleted, as Cloudflare does. */
  deadLetterQueue?: string | undefined;
  /** Seconds until a message is delivered for the first time, and again; where its sender, or the retry, does not say. */
  deliveryDelay: number;
  retryDelay: number;
}

/** A message to put in. */
export interface NewMessage {
  /** As the pull API hands it out: in base64 where the type is not `text`. */
  body: string;
  contentType: "text" | "json" | "bytes";
  delaySeconds?: number | undefined;
}

/** A message that was handed out. */
export interface LeasedMessage {
  id: string;
  body: string;
  contentType: string;
  timestampMs: number;
  attempts: number;
  leaseId: string;
}

/** What waits in a queue, leased messages included. */
export interface Backlog {
  count: number;
  bytes: number;
  /** Milliseconds since 1970; 0 where nothing waits. */
  oldestMs: number;
}

/** Queues on the disk. */
export interface QueueStore {
  /** Puts messages into a queue, in order. */
  send(queue: string, messages: readonly NewMessage[]): void;
  /** Leases up to `most` messages that are due, oldest first. */
  pull(queue: string, most: number, visibilityMs: number): LeasedMessage[];
  /** Settles leases; answers a warning for each that was not in force any more. */
  settle(
    queue: string,
    acks: readonly string[],
    retries: readonly { leaseId: string; delaySeconds?: number | undefined }[],
  ): Settled;
  backlog(queue: string): Backlog;
  close(): void;
}

/** What settling did. */
export interface Settled {
  acked: number;
  retried: number;
  /** By lease. */
  warnings: Record<string, string>;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS messages (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, queue TEXT NOT NULL, body TEXT NOT NULL, content_type TEXT NOT NULL,
    bytes INTEGER NOT NULL, sent_at INTEGER NOT NULL, due_at INTEGER NOT NULL, attempts INTEGER NOT NULL, lease TEXT);
  CREATE INDEX IF NOT EXISTS messages_due ON messages (queue, due_at, number);
  CREATE TABLE IF NOT EXISTS leases (
    id TEXT PRIMARY KEY, message INTEGER NOT NULL REFERENCES messages (number) ON DELETE CASCADE) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS leases_message ON leases (message);
`;

/** Id of the queue of a name: the same at every start, in the form of Cloudflare's. */
export function queueIdOf(name: string): string {
  return createHash("sha256").update(name).digest("hex").slice(0, 32);
}

interface StoreOptions {
  dataDir: string;
  queues: readonly QueueSettings[];
  now?: () => number;
}

/** Opens the queues in a folder. Throws a StateError where their file is damaged, and an Error for a queue that is not among them. */
export function openQueueStore({ dataDir, queues, now = Date.now }: StoreOptions): QueueStore {
  const db = openDatabase(join(dataDir, "queues.db"), SCHEMA);
  const sql = statements(db);
  const byName = new Map(queues.map((settings) => [settings.name, settings]));
  const settingsOf = (queue: string): QueueSettings => {
    const settings = byName.get(queue);
    if (!settings) throw new Error(`one of the queues ${[...byName.keys()].join(", ")} was expected, got ${queue}`);
    return settings;
  };

  /** Makes a message due again, or moves it on when its retries are used up. */
  const deliverAgain = (number: number, attempts: number, queue: string, dueAt: number): void => {
    const { maxRetries, deadLetterQueue } = settingsOf(queue);
    if (attempts <= maxRetries) sql.retry.run(dueAt, number);
    else if (deadLetterQueue === undefined) sql.remove.run(number);
    else sql.move.run(deadLetterQueue, now() + (byName.get(deadLetterQueue)?.deliveryDelay ?? 0) * 1000, number);
  };

  return {
    send(queue, messages) {
      const { deliveryDelay } = settingsOf(queue);
      transaction(db, () => {
        for (const { body, contentType, delaySeconds = deliveryDelay } of messages) {
          const id = randomBytes(16).toString("hex");
          sql.put.run(id, queue, body, contentType, Buffer.byteLength(body), now(), now() + delaySeconds * 1000);
        }
      });
    },
    pull(queue, most, visibilityMs) {
      settingsOf(queue);
      return transaction(db, () => {
        for (const row of sql.expired.all(queue, now()))
          deliverAgain(Number(row["number"]), Number(row["attempts"]), queue, now());
        return sql.due.all(queue, now(), most).map((row) => {
          const leaseId = randomBytes(24).toString("base64url");
          sql.lease.run(leaseId, now() + visibilityMs, Number(row["number"]));
          sql.noteLease.run(leaseId, Number(row["number"]));
          return { ...leased(row), leaseId };
        });
      });
    },
    settle(queue, acks, retries) {
      settingsOf(queue);
      const settled: Settled = { acked: 0, retried: 0, warnings: {} };
      const warn = (lease: string, text: string): void => void (settled.warnings[lease] = text);
      transaction(db, () => {
        for (const lease of acks) {
          const row = sql.byLease.get(lease, queue);
          if (!row) warn(lease, "no message of this queue has this lease: it may have been acknowledged before");
          else if (row["lease"] !== lease || Number(row["due_at"]) <= now())
            warn(lease, "the lease had expired: the message may have been delivered again");
          if (!row) continue;
          sql.remove.run(Number(row["number"]));
          settled.acked++;
        }
        for (const { leaseId, delaySeconds = settingsOf(queue).retryDelay } of retries) {
          const row = sql.byLease.get(leaseId, queue);
          if (!row || row["lease"] !== leaseId) {
            warn(leaseId, "the lease is not in force: nothing was retried");
            continue;
          }
          deliverAgain(Number(row["number"]), Number(row["attempts"]), queue, now() + delaySeconds * 1000);
          settled.retried++;
        }
      });
      return settled;
    },
    backlog(queue) {
      const { count, bytes, oldest } = sql.backlog.get(queue) ?? {};
      return { count: Number(count), bytes: Number(bytes ?? 0), oldestMs: Number(oldest ?? 0) };
    },
    close: () => db.close(),
  };
}

function leased(row: Record<string, unknown>): Omit<LeasedMessage, "leaseId"> {
  const { id, body, content_type, sent_at, attempts } = row;
  const text = { id: String(id), body: String(body), contentType: String(content_type) };
  return { ...text, timestampMs: Number(sent_at), attempts: Number(attempts) + 1 };
}

/** A leased message has `lease`, and is due again when that expires. */
function statements(db: DatabaseSync) {
  return {
    put: db.prepare(
      `INSERT INTO messages (id, queue, body, content_type, bytes, sent_at, due_at, attempts) VALUES (?, ?, ?, ?, ?, ?, ?, 0)`,
    ),
    due: db.prepare("SELECT * FROM messages WHERE queue = ? AND due_at <= ? AND lease IS NULL ORDER BY due_at, number LIMIT ?"),
    expired: db.prepare("SELECT number, attempts FROM messages WHERE queue = ? AND due_at <= ? AND lease IS NOT NULL"),
    lease: db.prepare("UPDATE messages SET lease = ?, due_at = ?, attempts = attempts + 1 WHERE number = ?"),
    noteLease: db.prepare("INSERT INTO leases VALUES (?, ?)"),
    byLease: db.prepare("SELECT messages.* FROM leases JOIN messages ON number = message WHERE leases.id = ? AND queue = ?"),
    retry: db.prepare("UPDATE messages SET lease = NULL, due_at = ? WHERE number = ?"),
    move: db.prepare("UPDATE messages SET queue = ?, lease = NULL, attempts = 0, due_at = ? WHERE number = ?"),
    remove: db.prepare("DELETE FROM messages WHERE number = ?"),
    backlog: db.prepare("SELECT count(*) AS count, sum(bytes) AS bytes, min(sent_at) AS oldest FROM messages WHERE queue = ?"),
  };
}
