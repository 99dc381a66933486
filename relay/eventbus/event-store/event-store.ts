/**
 * Append-only streams of events, in Postgres or in SQLite. Who appends says which version he has seen; where another was faster, nothing is
 * appended. What is appended is published to `eventstore.*`, in the order of its stream, at least once: through an outbox in the caller's
 * transaction, or by {@link EventStore.publishPending} after it.
 */
import { isTaken, type Queryable } from "../../lib/queryable.ts";
import { enrich } from "../publish/enrich.ts";
import type { NewEvent, PublishedEvent } from "../port/events.ts";
import type { Outbox } from "../outbox/outbox.ts";
import type { StreamPublisher } from "../port/stream-publisher.ts";
import { ConcurrencyError } from "./concurrency-error.ts";
import { publishPending } from "./publish-pending.ts";
import { EVENTS } from "./tables.ts";

/** An event of a stream. */
export interface StoredEvent extends PublishedEvent {
  stream_id: string;
  /** Its place in its stream: 1, 2, 3 without gaps. */
  stream_version: number;
}

/** How a store is made. The tables are made by `migrateEventStore`. */
export interface EventStoreOptions {
  /** A `pg` client or pool, or what `openSqlite` opened. */
  db: Queryable;
  /** Topic that what is appended is published to. @default "eventstore.all-events" */
  topic?: string;
  /** Queues what is appended in the transaction that appends it: `append` then needs a `tx`. Postgres only. @default `publishPending` publishes it */
  outbox?: Outbox;
}

/** Where and how to append. */
export interface AppendOptions {
  /** Version of the stream that the decision to append is based on; 0: there is no such stream yet. */
  expectedVersion: number;
  /** A `pg` client in a transaction, of which appending is then a part. @default a transaction of its own */
  tx?: Queryable;
}

/** A store of events. */
export interface EventStore {
  /** Appends events, all or none; resolves with them as they are stored. Rejects with a {@link ConcurrencyError}. */
  append(streamId: string, events: readonly NewEvent[], options: AppendOptions): Promise<StoredEvent[]>;
  /** The events of a stream behind a version, in their order. @default from the beginning */
  read(streamId: string, afterVersion?: number): Promise<StoredEvent[]>;
  /**
   * Publishes what is appended and not published, each stream in its order; resolves with how many. To be called after appending, and at
   * the start for what a crash has left. What the bus does not take rejects; the rest of its stream then waits for the next call.
   */
  publishPending(bus: StreamPublisher): Promise<number>;
}

const VERSION = `SELECT coalesce(max(version), 0) AS version FROM ${EVENTS} WHERE stream_id = $1`;
const READ = `SELECT event FROM ${EVENTS} WHERE stream_id = $1 AND version > $2 ORDER BY version`;

/** One statement, so that it is all or nothing: of nothing where the version is another, refused by the key where another is appending it now. */
const appendText = (events: number): string => {
  const rows = Array.from({ length: events }, (_, i) => `(${i + 1}, $${i + 4})`).join();
  return `INSERT INTO ${EVENTS} (stream_id, version, event, published)
    SELECT $1, $2 + column1, column2, $3 FROM (VALUES ${rows}) AS added WHERE (${VERSION}) = $2`;
};

const versionOf = async (db: Queryable, streamId: string): Promise<number> =>
  Number((await db.query(VERSION, [streamId])).rows[0]!["version"]);

/** Makes a store. */
export function createEventStore({ db, topic = "eventstore.all-events", outbox }: EventStoreOptions): EventStore {
  return {
    async append(streamId, events, { expectedVersion, tx }) {
      if (outbox !== undefined && tx === undefined)
        throw new TypeError("tx: expected a client in a transaction, since the store has an outbox");
      const stored = events.map((event, i) => ({
        ...enrich(event),
        stream_id: streamId,
        stream_version: expectedVersion + i + 1,
      }));
      if (stored.length === 0) return stored;
      const values = [streamId, expectedVersion, outbox === undefined ? 0 : 1, ...stored.map((event) => JSON.stringify(event))];
      const appended = await (tx ?? db).query(appendText(stored.length), values).catch((error: unknown) => {
        if (isTaken(error)) throw new ConcurrencyError(streamId, expectedVersion, undefined, { cause: error });
        throw error;
      });
      if (appended.rowCount !== stored.length)
        throw new ConcurrencyError(streamId, expectedVersion, await versionOf(tx ?? db, streamId));
      if (tx !== undefined) for (const event of stored) await outbox?.queueEvent(tx, topic, event, { partitionKey: streamId });
      return stored;
    },
    async read(streamId, afterVersion = 0) {
      const { rows } = await db.query(READ, [streamId, afterVersion]);
      return rows.map(({ event }) => JSON.parse(String(event)) as StoredEvent);
    },
    publishPending: (bus) => publishPending(db, topic, bus),
  };
}
