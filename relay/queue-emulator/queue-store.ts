/**
 * Queues in one SQLite file: leases, attempts, delays, dead-letter queues. Every change is on the disk when its call returns, so a queue
 * outlives its process, and a message is gone only when it was acked, or used up where there is no dead-letter queue.
 */
import { createHash, randomBytes } from "node:crypto";
import { join } from "node:path";
import { openDatabase, transaction } from "../lib/database.ts";
import { type Row, SCHEMA, statements } from "./message-table.ts";

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
  /** Settles leases; returns a warning for each that was not in force any more. */
  settle(queue: string, leases: Leases): SettleResult;
  backlog(queue: string): Backlog;
  close(): void;
}

/** What is to become of messages, by their leases. */
export interface Leases {
  acks: readonly string[];
  retries: readonly { leaseId: string; delaySeconds?: number | undefined }[];
}

/** What settling did. */
export interface SettleResult {
  acked: number;
  retried: number;
  /** By lease. */
  warnings: Record<string, string>;
}

/** Id of the queue of a name: the same at every start, in the form of Cloudflare's. */
export function queueIdOf(name: string): string {
  return createHash("sha256").update(name).digest("hex").slice(0, 32);
}

/** Bytes that a message counts as. */
export function sizeOf({ body, contentType }: Pick<NewMessage, "body" | "contentType">): number {
  return Buffer.byteLength(body, contentType === "text" ? "utf8" : "base64");
}

interface StoreOptions {
  dataDir: string;
  queues: readonly QueueSettings[];
  now?: () => number;
}

/** Opens the queues in a folder. Throws a StateError where their file is damaged, and an Error for a queue that is not among them. */
export function openQueueStore({ dataDir, queues, now = Date.now }: StoreOptions): QueueStore {
  const byName = new Map(queues.map((settings) => [settings.name, settings]));
  const settingsOf = (queue: string): QueueSettings => {
    const settings = byName.get(queue);
    if (!settings) throw new Error(`expected one of the queues ${[...byName.keys()].join(", ")}, got ${queue}`);
    return settings;
  };
  for (const { deadLetterQueue } of queues) if (deadLetterQueue !== undefined) settingsOf(deadLetterQueue);
  const db = openDatabase(join(dataDir, "queues.db"), SCHEMA);
  const sql = statements(db);

  /** Makes a message due again, or moves it on when its retries are used up. */
  const deliverAgain = (row: Row, { maxRetries, deadLetterQueue }: QueueSettings, dueAt: number): void => {
    if (row.attempts <= maxRetries) sql.retry.run(dueAt, row.number);
    else if (deadLetterQueue === undefined) sql.remove.run(row.number);
    else sql.move.run(deadLetterQueue, now() + settingsOf(deadLetterQueue).deliveryDelay * 1000, row.number);
  };

  const lease = (row: Row, visibilityMs: number): LeasedMessage => {
    const leaseId = randomBytes(24).toString("base64url");
    sql.lease.run(leaseId, now() + visibilityMs, row.number);
    sql.putLease.run(leaseId, row.number);
    const { id, body, content_type, sent_at, attempts } = row;
    return { id, body, contentType: content_type, timestampMs: sent_at, attempts: attempts + 1, leaseId };
  };

  const ack = (row: Row | undefined, leaseId: string): string | undefined => {
    if (!row) return "no message of this queue has this lease: it may have been acknowledged before";
    sql.remove.run(row.number);
    const inForce = row.lease === leaseId && row.due_at > now();
    return inForce ? undefined : "the lease had expired: the message may have been delivered again";
  };

  return {
    send(queue, messages) {
      const { deliveryDelay } = settingsOf(queue);
      transaction(db, () => {
        for (const message of messages) {
          const { body, contentType, delaySeconds = deliveryDelay } = message;
          const id = randomBytes(16).toString("hex");
          sql.put.run(id, queue, body, contentType, sizeOf(message), now(), now() + delaySeconds * 1000);
        }
      });
    },
    pull(queue, most, visibilityMs) {
      const settings = settingsOf(queue);
      return transaction(db, () => {
        for (const row of sql.expired.all(queue, now()) as unknown as Row[]) deliverAgain(row, settings, now());
        return (sql.due.all(queue, now(), most) as unknown as Row[]).map((row) => lease(row, visibilityMs));
      });
    },
    settle(queue, { acks, retries }) {
      const settings = settingsOf(queue);
      const settled: SettleResult = { acked: 0, retried: 0, warnings: {} };
      const rowOf = (leaseId: string): Row | undefined => sql.byLease.get(leaseId, queue) as Row | undefined;
      transaction(db, () => {
        for (const leaseId of acks) {
          const row = rowOf(leaseId);
          const warning = ack(row, leaseId);
          if (row) settled.acked++;
          if (warning !== undefined) settled.warnings[leaseId] = warning;
        }
        for (const { leaseId, delaySeconds = settings.retryDelay } of retries) {
          const row = rowOf(leaseId);
          if (row?.lease === leaseId) {
            deliverAgain(row, settings, now() + delaySeconds * 1000);
            settled.retried++;
          } else settled.warnings[leaseId] = "the lease is not in force any more: nothing was retried";
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
