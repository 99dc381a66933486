/**
 * Handlers that do their work once for an event that comes more than once, as every bus but a transactional one may bring it.
 *
 * {@link idempotent} remembers an event after its handler has ended. A crash in between has the event handled once more; to remember it
 * before would lose it. Where that is too much, and the handler's effect is in Postgres, {@link idempotentInTransaction} has both in one
 * transaction. An effect elsewhere (a mail, a payment) needs the event's id as the idempotency key of whoever has that effect.
 */
import type { Queryable } from "../../lib/queryable.ts";
import type { IdempotencyKeyStore } from "./key-store.ts";
import { takeKey } from "./sql-keys.ts";

type Event = Record<string, unknown>;

/** What both kinds have. */
export interface IdempotentOptions {
  /** Who handles: consumers that share a store do not take each other's events for done. */
  consumer: string;
  /** How long an event is remembered, seconds; longer than the bus may bring it again: a replay, a dead letter that is brought back. @default 7 days */
  ttlSeconds?: number;
  /** What makes an event the same; undefined: it is always handled. @default its event_id */
  key?: (event: Event) => string | undefined;
}

const WEEK_SECONDS = 7 * 86_400;

const keyOf = (
  { consumer, key = ({ event_id }) => event_id as string | undefined }: IdempotentOptions,
  event: Event,
): string | undefined => {
  const own = key(event);
  return own === undefined ? undefined : `${consumer}:${own}`;
};

/** A handler that does nothing for an event whose key the store has. Of two that come at once to this process, the second waits for the first. */
export function idempotent<C>(
  handler: (event: Event, context: C) => Promise<void> | void,
  { store, ttlSeconds = WEEK_SECONDS, ...options }: IdempotentOptions & { store: IdempotencyKeyStore },
): (event: Event, context: C) => Promise<void> {
  const underWay = new Map<string, Promise<void>>();
  const once = async (key: string, event: Event, context: C): Promise<void> => {
    if (await store.has(key)) return;
    await handler(event, context);
    await store.put(key, ttlSeconds);
  };
  return async function handleOnce(event, context) {
    const key = keyOf(options, event);
    if (key === undefined) return handler(event, context);
    // The one before may fail: then this one does the work.
    for (let before; (before = underWay.get(key));) await before.catch(() => {});
    const mine = once(key, event, context);
    underWay.set(key, mine);
    return mine.finally(() => underWay.delete(key));
  };
}

/** The part of a `pg` pool that is needed. */
export interface Pool<Tx> {
  connect(): Promise<Tx>;
}

/**
 * A handler whose effect happens exactly once: the event's key and what the handler writes by `tx` are committed together. An event that
 * comes to two processes at once is handled by one, and the other waits. The table is made by `migrateKeys`.
 */
export function idempotentInTransaction<Tx extends Queryable & { release(error?: boolean): void }, C>(
  pool: Pool<Tx>,
  handler: (event: Event, tx: Tx, context: C) => Promise<void>,
  { ttlSeconds = WEEK_SECONDS, ...options }: IdempotentOptions,
): (event: Event, context: C) => Promise<void> {
  return async function handleOnce(event, context) {
    const key = keyOf(options, event);
    const tx = await pool.connect();
    try {
      await tx.query("BEGIN");
      if (key === undefined || (await takeKey(tx, key, ttlSeconds))) await handler(event, tx, context);
      await tx.query("COMMIT");
      tx.release();
    } catch (error) {
      // Ends the connection, and with it whatever is left of the transaction.
      tx.release(true);
      throw error;
    }
  };
}
