/**
 * The local queue: a SQLite file that keeps the events which the bus does not take now, and sends them later, in the order of their channel. As
 * long as a channel has some in it, what comes after them waits behind them.
 */
import type { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import type { BusRecord } from "@sightline/bus/port";
import { holdFolder, openDatabase, transaction } from "../../lib/database.ts";
import { CircuitOpenError, isForLater, PublishError } from "../port/errors.ts";
import type { Channel } from "../port/channel.ts";
import type { Publisher } from "./publisher.ts";

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS queued (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, channel TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, headers TEXT NOT NULL);
  CREATE INDEX IF NOT EXISTS queued_channel ON queued (channel, seq);
`;

/** Records sent at a time. */
const PAGE = 200;
/** Milliseconds between tries while the bus does not take, at least. */
const PAUSE_MS = 500;

/** Keeps events for later. */
export interface LocalQueue {
  /** Whether a channel has events in it. */
  has(channel: Channel): boolean;
  /** Keeps records; they are on the disk when it returns. Throws a {@link CircuitOpenError} with `queue_full` where they are too many. */
  add(channel: Channel, records: readonly BusRecord[]): void;
  /** Sends what there is, until it is closed. */
  start(channelOf: (name: string) => Channel): void;
  /** How many events wait. */
  size(): number;
  close(): Promise<void>;
}

interface LocalQueueOptions {
  /** The file; its folder is held by one process. */
  file: string;
  /** Events in it, at most. */
  most: number;
  publisher: Publisher;
  /** Told of each event that was refused for good, with its channel. */
  onRefused: (channel: Channel, error: Error) => void;
  /** Told why a channel's events cannot even be tried, once a reason. They stay. */
  onFault: (name: string, error: Error) => void;
}

/** Opens it. Throws a StateError where another process has it. */
export function openLocalQueue({ file, most, publisher, onRefused, onFault }: LocalQueueOptions): LocalQueue {
  const lock = holdFolder(`${file}.lock`, undefined, "EventBus: expected one process a local queue");
  const db = opened(file, lock);
  const stop = new AbortController();
  const counts = new Map<string, number>();
  for (const row of db.prepare("SELECT channel, count(*) AS count FROM queued GROUP BY channel").all()) {
    counts.set(String(row["channel"]), Number(row["count"]));
  }
  const size = (): number => [...counts.values()].reduce((a, b) => a + b, 0);
  const change = (name: string, by: number): void => void counts.set(name, (counts.get(name) ?? 0) + by);
  let sending: Promise<void> = Promise.resolve();

  /** Sends a page of a channel; false where the bus does not take it. */
  const sendPage = async (channel: Channel): Promise<boolean> => {
    const page = pageOf(db, channel);
    const failed = await publisher.send(channel, [...page.keys()]);
    const kept = new Set([...failed].filter(([, error]) => !isForGood(error)).map(([record]) => record));
    for (const [record, error] of failed) if (!kept.has(record)) onRefused(channel, error);
    const gone = [...page].filter(([record]) => !kept.has(record)).map(([, seq]) => seq);
    transaction(db, () => {
      for (const seq of gone) db.prepare("DELETE FROM queued WHERE seq = ?").run(seq);
    });
    change(channel.name, -gone.length);
    return kept.size === 0;
  };
  const told = new Map<string, string>();
  /** Sends a page of a channel; false where that cannot be done now. */
  const trySending = async (name: string, channelOf: (name: string) => Channel): Promise<boolean> => {
    try {
      const channel = channelOf(name);
      const took = publisher.rest(channel) === undefined && (await sendPage(channel));
      told.delete(name);
      return took;
    } catch (cause) {
      const error = cause as Error;
      if (told.get(name) !== error.message) onFault(name, error);
      told.set(name, error.message);
      return false;
    }
  };
  const sendAll = async (channelOf: (name: string) => Channel): Promise<void> => {
    while (!stop.signal.aborted) {
      let took = false;
      for (const [name, count] of counts) {
        if (count === 0 || stop.signal.aborted) continue;
        took = (await trySending(name, channelOf)) || took;
      }
      if (!took || size() === 0) await sleep(PAUSE_MS, undefined, { signal: stop.signal, ref: false }).catch(() => {});
    }
  };

  return {
    has: ({ name }) => (counts.get(name) ?? 0) > 0,
    size,
    add(channel, records) {
      if (size() + records.length > most) {
        throw new CircuitOpenError(channel.name, publisher.rest(channel) ?? 0, `${size()} events wait`, "queue_full");
      }
      transaction(db, () => {
        const insert = db.prepare("INSERT INTO queued VALUES (NULL, ?, ?, ?, ?)");
        for (const { key, value, headers } of records) insert.run(channel.name, key, value, JSON.stringify(headers));
      });
      change(channel.name, records.length);
    },
    start(channelOf) {
      sending = sendAll(channelOf);
    },
    async close() {
      stop.abort();
      await sending;
      db.close();
      lock.close();
    },
  };
}

/** The file; where it cannot be used it is held no longer. */
function opened(file: string, lock: DatabaseSync): DatabaseSync {
  try {
    return openDatabase(file, SCHEMA);
  } catch (error) {
    lock.close();
    throw error;
  }
}

function isForGood(error: Error): boolean {
  return error instanceof PublishError && !isForLater(error);
}

/** The first events of a channel, with their places. */
function pageOf(db: DatabaseSync, { name, topic }: Channel): Map<BusRecord, number> {
  const rows = db.prepare("SELECT * FROM queued WHERE channel = ? ORDER BY seq LIMIT ?").all(name, PAGE);
  return new Map(
    rows.map(({ seq, key, value, headers }) => [
      {
        topic,
        key: String(key),
        value: Buffer.from(value as Uint8Array),
        headers: JSON.parse(String(headers)) as BusRecord["headers"],
      },
      Number(seq),
    ]),
  );
}
