/** Where sagas are kept: Postgres or SQLite, by the same statements. */
import type { Queryable, Row } from "../../lib/queryable.ts";
import type { PublishedEvent } from "../port/events.ts";
import type { OwnedSaga, SagaState } from "./state.ts";

const SAGAS = "sightline_sagas";
const REPLIES = "sightline_saga_replies";

const STATEMENTS = [
  `CREATE TABLE IF NOT EXISTS ${SAGAS} (
    id text PRIMARY KEY, saga text NOT NULL, status text NOT NULL, state text NOT NULL, version bigint NOT NULL, next_at bigint, leased_until bigint NOT NULL)`,
  `CREATE INDEX IF NOT EXISTS ${SAGAS}_next ON ${SAGAS} (next_at) WHERE next_at IS NOT NULL`,
  `CREATE TABLE IF NOT EXISTS ${REPLIES} (
    saga_id text NOT NULL, event_id text NOT NULL, event text NOT NULL, PRIMARY KEY (saga_id, event_id))`,
];

/** Makes the tables where they are missing: once, as a role that may CREATE. Others need SELECT, INSERT and UPDATE. */
export async function migrateSagas(db: Queryable): Promise<void> {
  for (const statement of STATEMENTS) await db.query(statement);
}

const CREATE = `INSERT INTO ${SAGAS} (id, saga, status, state, version, next_at, leased_until)
  VALUES ($1, $2, $3, $4, 1, $5, 0) ON CONFLICT (id) DO NOTHING`;
const SAVE = `UPDATE ${SAGAS} SET status = $1, state = $2, next_at = $3, version = version + 1 WHERE id = $4 AND version = $5`;
/** The condition stands twice: the one that counts is of the row as it is when it is written. */
const claimText = (kinds: number): string => `UPDATE ${SAGAS} SET leased_until = $1, version = version + 1
  WHERE leased_until <= $2 AND next_at <= $2 AND id = (
    SELECT id FROM ${SAGAS} WHERE next_at <= $2 AND leased_until <= $2 AND saga IN (${Array.from({ length: kinds }, (_, i) => `$${i + 3}`).join()})
    ORDER BY next_at LIMIT 1) RETURNING state, version`;
const LEASE = `UPDATE ${SAGAS} SET leased_until = $1 WHERE id = $2 AND version = $3`;
const REPLY = `INSERT INTO ${REPLIES} (saga_id, event_id, event) SELECT id, $2, $3 FROM ${SAGAS} WHERE id = $1 AND next_at IS NOT NULL
  ON CONFLICT (saga_id, event_id) DO NOTHING`;
const WAKE = `UPDATE ${SAGAS} SET next_at = $2 WHERE id = $1 AND next_at > $2`;

/** Makes the store. */
export function createSagaStore(db: Queryable) {
  return {
    /** False: there is one with this id. */
    async create(state: SagaState): Promise<boolean> {
      const { rowCount } = await db.query(CREATE, [state.id, state.saga, state.status, JSON.stringify(state), state.nextAt]);
      return rowCount === 1;
    },
    /** Writes a saga that this process has; false where it has it no more. */
    async save(owned: OwnedSaga): Promise<boolean> {
      const { state, version } = owned;
      const { rowCount } = await db.query(SAVE, [state.status, JSON.stringify(state), state.nextAt, state.id, version]);
      owned.version++;
      return rowCount === 1;
    },
    /** Takes a saga of these kinds that has something to do and that nobody has. */
    async claim(kinds: readonly string[], now: number, leaseMs: number): Promise<OwnedSaga | undefined> {
      const [row] = (await db.query(claimText(kinds.length), [now + leaseMs, now, ...kinds])).rows;
      return row && { state: stateOf(row), version: Number(row["version"]) };
    },
    /** Has it longer, or gives it up with 0. */
    async lease({ state, version }: OwnedSaga, until: number): Promise<void> {
      await db.query(LEASE, [until, state.id, version]);
    },
    /** Keeps an event that may be what the saga waits for, and has it looked at; false where there is no such saga, or it has ended, or has the event. */
    async reply(sagaId: string, event: PublishedEvent, now: number): Promise<boolean> {
      const { rowCount } = await db.query(REPLY, [sagaId, event.event_id, JSON.stringify(event)]);
      await db.query(WAKE, [sagaId, now]);
      return rowCount === 1;
    },
    async replies(sagaId: string): Promise<PublishedEvent[]> {
      const { rows } = await db.query(`SELECT event FROM ${REPLIES} WHERE saga_id = $1`, [sagaId]);
      return rows.map(({ event }) => JSON.parse(String(event)) as PublishedEvent);
    },
    async get(id: string): Promise<SagaState | undefined> {
      const [row] = (await db.query(`SELECT state FROM ${SAGAS} WHERE id = $1`, [id])).rows;
      return row && stateOf(row);
    },
    /** Whether any has something to do, now or after a failed try; one that waits for its reply has not. */
    async isBusy(now: number): Promise<boolean> {
      const text = `SELECT 1 AS one FROM ${SAGAS} WHERE next_at IS NOT NULL AND (status <> 'waiting' OR next_at <= $1) LIMIT 1`;
      return (await db.query(text, [now])).rows.length > 0;
    },
  };
}

/** The store of sagas. */
export type SagaStore = ReturnType<typeof createSagaStore>;

const stateOf = ({ state }: Row): SagaState => JSON.parse(String(state)) as SagaState;
