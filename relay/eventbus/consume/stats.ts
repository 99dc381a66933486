/** What a consumer did. The names are those that its users know from other buses. */

/** Statistics of one consumer. */
export interface ConsumerStats {
  messages_processed: number;
  /** Attempts of the handler that failed. */
  errors: number;
  /** Seconds since the last message; undefined before the first. */
  last_message_age: number | undefined;
  active: boolean;
  /** Waits in a row that brought nothing. */
  consecutive_empty_fetches: number;
  /** Seconds of the wait before the handler is tried again; 0 where none waits. */
  current_backoff: number;
  /** Messages that went to the dead letters. */
  dead_lettered: number;
  /** Why nothing comes; undefined where all is well. */
  fault: string | undefined;
}

/** Counts. */
export interface StatsKeeper {
  fetched(count: number): void;
  processed(): void;
  failed(backoffSeconds: number): void;
  retrying(): void;
  deadLettered(): void;
  fault(error: Error | undefined): void;
  stopped(): void;
  view(): ConsumerStats;
}

/** Makes it. */
export function createStats(): StatsKeeper {
  const counts = { processed: 0, errors: 0, deadLettered: 0, empty: 0, backoff: 0 };
  let lastAt: number | undefined;
  let active = true;
  let fault: string | undefined;
  return {
    fetched(count) {
      if (count === 0) counts.empty++;
      else {
        counts.empty = 0;
        lastAt = Date.now();
      }
    },
    processed: () => void counts.processed++,
    failed(backoffSeconds) {
      counts.errors++;
      counts.backoff = backoffSeconds;
    },
    retrying: () => void (counts.backoff = 0),
    deadLettered: () => void counts.deadLettered++,
    fault: (error) => void (fault = error?.message),
    stopped: () => void (active = false),
    view: () => ({
      messages_processed: counts.processed,
      errors: counts.errors,
      last_message_age: lastAt === undefined ? undefined : (Date.now() - lastAt) / 1000,
      active,
      consecutive_empty_fetches: counts.empty,
      current_backoff: counts.backoff,
      dead_lettered: counts.deadLettered,
      fault,
    }),
  };
}
