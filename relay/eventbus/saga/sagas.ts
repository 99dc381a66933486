/**
 * A process manager: runs sagas step by step, undoes them where a step fails, and goes on with them after a crash. What has ended is never
 * run again; a step that a crash cut off is, under the same idempotency key. Several processes may run the same sagas: each saga is
 * leased to one of them.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Queryable } from "../../lib/queryable.ts";
import type { PublishedEvent } from "../port/events.ts";
import type { StreamPublisher } from "../port/stream-publisher.ts";
import { advance, told } from "./advance.ts";
import type { Saga, SagaData } from "./define-saga.ts";
import { isEnded, type OwnedSaga, type SagaState } from "./state.ts";
import { createSagaStore } from "./store.ts";

/** How sagas are run. The tables are made by `migrateSagas`. */
export interface SagasOptions {
  /** A `pg` pool or client, or what `openSqlite` opened. */
  db: Queryable;
  sagas: readonly Saga[];
  /** Where their events go, to `saga.<name>`, at least once and in order. @default nowhere */
  bus?: StreamPublisher;
  /** Sagas that are worked on at once. @default 10 */
  concurrency?: number;
  /** Milliseconds for which a saga stays with a process that is gone. @default 30000 */
  leaseMs?: number;
  /** Milliseconds between two looks for what others started or woke. @default 500 */
  pollMs?: number;
  /** Clock, milliseconds since 1970; that of all processes. @default Date.now */
  now?: () => number;
  /** Told of what went wrong besides the steps: the database, the bus. It is tried again. @default nobody */
  onError?: (error: Error) => void;
}

/** Runs sagas. */
export interface Sagas {
  /** Starts a saga of this kind: it is durable when this resolves. False: there is one with this id, whatever became of it. */
  start(saga: string, id: string, data: SagaData): Promise<boolean>;
  /** Takes an event that may be a reply, by its `saga_id`, or else its `correlation_id`. False: it is of no saga that runs, or came before. */
  handle(event: Record<string, unknown>): Promise<boolean>;
  get(id: string): Promise<SagaState | undefined>;
  /** Works until the signal is aborted; steps hear of that, and what they then have not done is done by whoever resumes. */
  run(signal: AbortSignal): Promise<void>;
  /** Works until no saga has anything to do: each has ended, or waits for a reply. */
  settle(): Promise<void>;
}

/** Another process has the saga: this one's lease was over. */
class LostSaga extends Error {}

/** Milliseconds before what a failure of the database or the bus has stopped is tried again. */
const AGAIN_MS = 1_000;

/** Makes what runs sagas. */
export function createSagas(options: SagasOptions): Sagas {
  const { db, bus, concurrency = 10, leaseMs = 30_000, pollMs = 500, now = Date.now, onError = () => {} } = options;
  const sagas = new Map(options.sagas.map((saga) => [saga.name, saga]));
  const kind = (name: string): Saga => {
    const saga = sagas.get(name);
    if (saga === undefined) throw new TypeError(`expected one of the sagas ${[...sagas.keys()].join(", ")}, got ${name}`);
    return saga;
  };
  const store = createSagaStore(db);
  let bell = Promise.withResolvers<void>();
  const ring = (): void => {
    bell.resolve();
    bell = Promise.withResolvers();
  };

  const drive = async (owned: OwnedSaga, signal: AbortSignal): Promise<void> => {
    const save = async (state: SagaState): Promise<void> => {
      owned.state = state;
      if (!(await store.save(owned))) throw new LostSaga();
    };
    const hands = { saga: kind(owned.state.saga), store, now, signal, save };
    do {
      // Stands in the state until the next write: published again after a crash, under its event_id.
      for (const event of owned.state.outgoing)
        await bus?.publishStream(`saga.${owned.state.saga}`, event, { partitionKey: owned.state.id });
      const state = { ...owned.state, outgoing: [] };
      if (isEnded(state)) return save({ ...state, nextAt: null });
      const next = await advance(state, hands);
      if (next === undefined) return;
      await save(next);
    } while (!signal.aborted && (owned.state.outgoing.length > 0 || owned.state.nextAt! <= now()));
  };

  const work = async (owned: OwnedSaga, signal: AbortSignal): Promise<void> => {
    const beat = setInterval(() => void store.lease(owned, now() + leaseMs).catch(onError), leaseMs / 3);
    let until = 0;
    try {
      await drive(owned, signal);
    } catch (error) {
      if (error instanceof LostSaga) return;
      onError(error as Error);
      until = now() + AGAIN_MS;
    } finally {
      clearInterval(beat);
      await store.lease(owned, until).catch(onError);
    }
  };

  const runAll = async (signal: AbortSignal, settle: boolean): Promise<void> => {
    const working = new Set<Promise<void>>();
    while (!signal.aborted) {
      const rung = bell.promise;
      let ms = pollMs;
      try {
        const owned = working.size < concurrency ? await store.claim([...sagas.keys()], now(), leaseMs) : undefined;
        if (owned !== undefined) {
          const job: Promise<void> = work(owned, signal).finally(() => {
            working.delete(job);
            ring();
          });
          working.add(job);
          continue;
        }
        if (settle && working.size === 0 && !(await store.isBusy(now()))) return;
      } catch (error) {
        onError(error as Error);
        ms = AGAIN_MS;
      }
      const enough = new AbortController();
      await Promise.race([rung, sleep(ms, undefined, { signal: AbortSignal.any([signal, enough.signal]) }).catch(() => {})]);
      enough.abort();
    }
    await Promise.all(working);
  };

  return {
    async start(saga, id, data) {
      kind(saga);
      const begun = {
        id,
        saga,
        status: "running",
        step: 0,
        attempt: 0,
        deadline: null,
        nextAt: now(),
        data,
        error: null,
      } as const;
      const isNew = await store.create({ ...begun, outgoing: [told(begun, "saga.started.v1")] });
      ring();
      return isNew;
    },
    async handle(event) {
      const id = event["saga_id"] ?? event["correlation_id"];
      if (typeof id !== "string" || typeof event["event_id"] !== "string") return false;
      const isNew = await store.reply(id, event as PublishedEvent, now());
      ring();
      return isNew;
    },
    get: (id) => store.get(id),
    run: (signal) => runAll(signal, false),
    settle: () => runAll(new AbortController().signal, true),
  };
}
