import type { StreamPublisher } from "../port/stream-publisher.ts";
import { isRefusal } from "./is-refusal.ts";
import { lockName } from "./locks.ts";
import type { OutboxRow } from "./claim.ts";
import type { Pauses } from "./pauses.ts";

/** What became of rows. One that is in none of these was not tried. */
export interface Published {
  /** The bus confirmed them. */
  published: OutboxRow[];
  /** The bus will never take them. */
  refused: { row: OutboxRow; reason: string }[];
  /** The bus could not take them now. */
  deferred: { row: OutboxRow; reason: string }[];
}

/** By what rows are published. */
interface PublishOptions {
  bus: StreamPublisher;
  pauses: Pauses;
  mayGoOn(): boolean;
}

/**
 * Publishes rows: those of a key one after the other, each confirmed before the next, and keys side by side. Behind a deferred row nothing
 * of its key is tried; a refused one is passed over. `mayGoOn` is asked before each, and a stream that is paused meanwhile is left alone.
 */
export async function publishRows(rows: OutboxRow[], { bus, pauses, mayGoOn }: PublishOptions): Promise<Published> {
  const done: Published = { published: [], refused: [], deferred: [] };
  const chains = Map.groupBy(rows, ({ id, stream, partitionKey }) =>
    partitionKey === undefined ? id : lockName(stream, partitionKey),
  );
  const publishChain = async (chain: OutboxRow[]): Promise<void> => {
    for (const row of chain) {
      if (!mayGoOn() || pauses.isPaused(row.stream)) return;
      try {
        await bus.publishStream(row.stream, row.event, row.partitionKey === undefined ? {} : { partitionKey: row.partitionKey });
        done.published.push(row);
        pauses.succeeded(row.stream);
      } catch (error) {
        const reason = (error as Error).message;
        if (isRefusal(error)) {
          done.refused.push({ row, reason });
          continue;
        }
        done.deferred.push({ row, reason });
        pauses.failed(row.stream);
        return;
      }
    }
  };
  await Promise.all([...chains.values()].map(publishChain));
  return done;
}
