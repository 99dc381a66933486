import { setTimeout as sleep } from "node:timers/promises";
import type { DeliveryMessage, Verdict } from "@sightline/worker/delivery";
import { retryDelay } from "@sightline/worker/retry-delay";
import type { Logger } from "pino";
import { NotTaking } from "./not-taking.ts";
import type { Take } from "./source.ts";
import { type QueueClient, QueueApiError, type Settlement } from "./queue-client.ts";
import { failPoint } from "../../lib/fail-point.ts";

/** Tries to tell the queue a verdict, and milliseconds after the first; each further wait is four times as long. */
const TRIES = 4;
const FIRST_WAIT_MS = 200;
/** Seconds until messages are delivered again that the relay failed over. */
const FAILED_SECONDS = 5;

/** A pulled message. */
export interface Lease {
  lease_id: string;
  message: DeliveryMessage<Buffer>;
  /** When the queue hands the message out again, milliseconds since 1970. */
  until: number;
}

/** The counts that settling adds to, of one queue. */
interface Counts {
  id: string;
  name: string;
  acked: number;
  retried: number;
  possible_duplicates: number;
  untold: number;
}

/** Tells a queue what becomes of pulled messages. Nothing of it rejects: what the queue could not be told, it delivers again. */
export interface Settler {
  /** Has the messages taken, and tells the queue their verdicts. */
  settle(queue: Counts, leases: Lease[], take: Take): Promise<void>;
  /** Gives messages back untouched, to be delivered at once. */
  giveBack(queue: Counts, leases: Lease[]): Promise<void>;
}

interface SettlerOptions {
  client: Pick<QueueClient, "ack">;
  log: Logger;
  /** Longest wait between two deliveries of a message, seconds. */
  retryDelayMaxSeconds: number;
  /** Aborted: nothing more is told. */
  signal: AbortSignal;
}

/** Makes a settler. */
export function createSettler({ client, log, retryDelayMaxSeconds: most, signal }: SettlerOptions): Settler {
  const verdictsOf = async (queue: Counts, leases: Lease[], take: Take): Promise<Verdict[]> => {
    const messages = leases.map(({ message }) => message);
    try {
      return await take({ queue: queue.name, messages });
    } catch (error) {
      const expected = error instanceof NotTaking;
      if (!expected) log.error({ err: error, queue: queue.name }, "a delivery failed; the queue keeps it");
      const delay_seconds = expected ? Math.ceil(error.retryAfter) : FAILED_SECONDS;
      return messages.map(({ id }) => ({ id, verdict: "retry", delay_seconds, reason: (error as Error).message }));
    }
  };

  const tell = async (queue: Counts, settlement: Settlement): Promise<void> => {
    const { acks, retries } = settlement;
    if (acks.length + retries.length === 0) return;
    for (let attempt = 1; ; attempt++) {
      try {
        const { warnings } = await client.ack(queue.id, settlement, signal);
        queue.acked += acks.length;
        failPoint("after_ack");
        queue.retried += retries.length;
        queue.possible_duplicates += warnings;
        if (warnings > 0) log.warn({ queue: queue.name, warnings }, "the queue warned about acks: these messages may come again");
        return;
      } catch (error) {
        const last = attempt === TRIES || signal.aborted || (error instanceof QueueApiError && error.refused);
        if (last) {
          queue.untold += acks.length + retries.length;
          const count = { acks: acks.length, retries: retries.length };
          log.error(
            { queue: queue.name, ...count, reason: (error as Error).message },
            "an ack failed: these messages come again",
          );
          return;
        }
        await sleep(FIRST_WAIT_MS * 4 ** (attempt - 1), undefined, { signal }).catch(() => {});
      }
    }
  };

  return {
    async settle(queue, leases, take) {
      const verdicts = new Map((await verdictsOf(queue, leases, take)).map((verdict) => [verdict.id, verdict]));
      const settlement: Settlement = { acks: [], retries: [] };
      for (const { lease_id, message, until } of leases) {
        const verdict = verdicts.get(message.id);
        if (verdict?.verdict === "ack") settlement.acks.push({ lease_id });
        // What has expired is out again already: a retry would only put off the delivery that is to come.
        else if (Date.now() < until) {
          const wanted = verdict?.delay_seconds ?? 0;
          settlement.retries.push({ lease_id, delay_seconds: retryDelay({ attempts: message.attempts, wanted, most }) });
        }
      }
      await tell(queue, settlement);
    },
    giveBack: (queue, leases) =>
      tell(queue, { acks: [], retries: leases.map(({ lease_id }) => ({ lease_id, delay_seconds: 0 })) }),
  };
}
