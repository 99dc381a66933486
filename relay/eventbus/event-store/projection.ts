/** The state of a stream: what its events come to, from the last snapshot on. */
import type { Queryable } from "../../lib/queryable.ts";
import type { EventStore, StoredEvent } from "./event-store.ts";
import { SNAPSHOTS } from "./tables.ts";

/** How events become a state. */
export interface ProjectionOptions<S> {
  db: Queryable;
  store: Pick<EventStore, "read">;
  /** Name of the state's shape and of the rules that make it, for example `account.2`: a snapshot under another name is not looked at. */
  shape: string;
  /** State of a stream without events. */
  initial: S;
  /** The state after an event. It may not change the one before, and what it returns must be JSON. */
  apply(state: S, event: StoredEvent): S;
  /** A snapshot is written when so many events were read behind the last one. @default 100 */
  snapshotEvery?: number;
}

/** A state, and the version that it is of: the `expectedVersion` of what is decided by it. */
export interface Projected<S> {
  state: S;
  version: number;
  /** Events that were read behind the snapshot. */
  replayed: number;
}

/** Makes what rebuilds the state of a stream. */
export function createProjection<S>({ db, store, shape, initial, apply, snapshotEvery = 100 }: ProjectionOptions<S>) {
  return async function rebuild(streamId: string): Promise<Projected<S>> {
    const { rows } = await db.query(`SELECT version, state FROM ${SNAPSHOTS} WHERE stream_id = $1 AND shape = $2`, [
      streamId,
      shape,
    ]);
    const from =
      rows[0] === undefined
        ? { state: initial, version: 0 }
        : { state: JSON.parse(String(rows[0]["state"])) as S, version: Number(rows[0]["version"]) };
    const events = await store.read(streamId, from.version);
    const state = events.reduce(apply, from.state);
    const version = from.version + events.length;
    if (events.length >= snapshotEvery) await db.query(PUT, [streamId, shape, version, JSON.stringify(state)]);
    return { state, version, replayed: events.length };
  };
}

/** Never an older one over a newer one. */
const PUT = `INSERT INTO ${SNAPSHOTS} (stream_id, shape, version, state) VALUES ($1, $2, $3, $4)
  ON CONFLICT (stream_id, shape) DO UPDATE SET version = excluded.version, state = excluded.state WHERE ${SNAPSHOTS}.version < excluded.version`;
