/**
 * The transactional outbox: an event is written in the caller's own Postgres transaction, and `sightline outbox` publishes it if and only
 * if that transaction committed.
 */
import type { Queryable } from "../../lib/queryable.ts";
import { enrich } from "../publish/enrich.ts";
import type { NewEvent, PublishedEvent } from "../port/events.ts";
import { lockName, QUEUE_LOCK } from "./locks.ts";
import { OUTBOX_TABLE } from "./table.ts";

/** How an outbox is made. */
export interface OutboxOptions {
  /** Throws or rejects where an event is not what its type says, naming the field: what is queued is then what the bus takes. @default nothing is checked */
  validate?(event: PublishedEvent): void | Promise<void>;
}

/** How an event is queued. */
export interface QueueOptions {
  /**
   * Events of one stream and key are published in the order in which their transactions committed. For that, a transaction that queues
   * an event of a key waits for any other that did and has not ended. @default none: no order
   */
  partitionKey?: string;
}

/** An outbox. */
export interface Outbox {
  /**
   * Queues an event within the transaction of `tx`, and resolves with it as it will be on the bus. Rejects with what `validate` threw, or
   * where `tx` is in no transaction (a pool, or a client before BEGIN); nothing is queued then.
   */
  queueEvent(tx: Queryable, stream: string, event: NewEvent, options?: QueueOptions): Promise<PublishedEvent>;
}

/** NOTIFY only wakes: without a payload, those of a transaction are one. The function's scan comes first, and the row's id after it. */
const INSERT = `INSERT INTO ${OUTBOX_TABLE} (stream, partition_key, event)
  SELECT $1::text, $2::text, $3::json FROM pg_notify('${OUTBOX_TABLE}', '')`;
const INSERT_IN_ORDER = `${INSERT}, pg_advisory_xact_lock(${QUEUE_LOCK}, hashtext($4))`;
/** The lock that an INSERT takes anyway; the statement is refused where there is no transaction to hold it. */
const EXPECT_TRANSACTION = `LOCK TABLE ${OUTBOX_TABLE} IN ROW EXCLUSIVE MODE`;
const NO_ACTIVE_TRANSACTION = "25P01";

/** Makes an outbox. The table is made by `sightline outbox migrate`. */
export function createOutbox({ validate }: OutboxOptions = {}): Outbox {
  return {
    async queueEvent(tx, stream, event, { partitionKey } = {}) {
      const complete = enrich(event);
      await validate?.(complete);
      await expectTransaction(tx);
      const values = [stream, partitionKey ?? null, JSON.stringify(complete)];
      await (partitionKey === undefined
        ? tx.query(INSERT, values)
        : tx.query(INSERT_IN_ORDER, [...values, lockName(stream, partitionKey)]));
      return complete;
    },
  };
}

async function expectTransaction(tx: Queryable): Promise<void> {
  try {
    await tx.query(EXPECT_TRANSACTION);
  } catch (error) {
    if ((error as { code?: string }).code !== NO_ACTIVE_TRANSACTION) throw error;
    throw new Error(
      "expected a client within a transaction, got one without (or a pool): begin first, and queue on the same client",
      {
        cause: error,
      },
    );
  }
}
