/**
 * The source `pull`: takes messages from Cloudflare's queues over their HTTP API, and acks each once its verdict says so.
 *
 * Each queue is polled by itself, without a pause while it has messages. What is in the relay is bounded by a budget that the queues
 * share, so a relay that works slowly pulls slowly. Nothing is pulled while the relay does not take: each delivery counts as an attempt.
 */
import { createBudget } from "./budget.ts";
import { POLL, type Pace } from "./pace.ts";
import { pollQueue, type Poller, type QueueReport } from "./poll-queue.ts";
import type { QueueClient } from "./queue-client.ts";
import type { QueueId } from "../settings/queue-ids.ts";
import { createSettler } from "./settler.ts";
import type { Source, SourceParts } from "./source.ts";

export type { QueueReport };

/** Bytes of messages that are in the relay at a time, as they are unpacked; a single pull that brings more is worked off alone. */
const IN_FLIGHT_BYTES = 32 * 1024 * 1024;
/**
 * How long, once the source is told to stop, a pull that is under way may still take, and how long acks are tried, milliseconds: no longer
 * than a relay has to end.
 */
const LAST_PULL_MS = 5_000;
const LAST_ACK_MS = 25_000;

/** The source, and what it did. */
export interface PullSource extends Source {
  /** A row a queue. */
  report(): QueueReport[];
}

interface PullOptions extends SourceParts {
  client: QueueClient;
  queues: readonly QueueId[];
  /** How long the queue keeps what was pulled from others, milliseconds. */
  visibilityMs: number;
  /** Longest wait between two deliveries of a message, seconds. */
  retryDelayMaxSeconds: number;
  /** @default {@link POLL} */
  pace?: Pace;
  /** Bytes in the relay at a time. @default 32 MiB */
  inFlightBytes?: number;
}

/** Makes the source. */
export function createPullSource(options: PullOptions): PullSource {
  const { queues, inFlightBytes = IN_FLIGHT_BYTES, pace = POLL, log, client, retryDelayMaxSeconds } = options;
  const [stopping, givingUp, cutOff] = [new AbortController(), new AbortController(), new AbortController()];
  const budget = createBudget(inFlightBytes);
  const running = new Set<Promise<void>>();
  const track = (work: Promise<void>): void => {
    const tracked = work.finally(() => running.delete(tracked));
    running.add(tracked);
  };
  const settler = createSettler({ client, log, retryDelayMaxSeconds, signal: cutOff.signal });
  const pollers = queues.map(({ id, name }): Poller => {
    const shared = { ...options, pace, budget, settler, track, stopping: stopping.signal, givingUp: givingUp.signal };
    return { ...shared, named: name !== undefined, report: emptyReport(id, name) };
  });

  return {
    name: "pull",
    start: () => pollers.forEach((poller) => track(pollQueue(poller))),
    trouble: () => pollers.find(({ report }) => report.trouble !== undefined)?.report.trouble,
    report: () => pollers.map(({ report }) => ({ ...report })),
    async stop() {
      stopping.abort();
      const timers = [setTimeout(() => givingUp.abort(), LAST_PULL_MS), setTimeout(() => cutOff.abort(), LAST_ACK_MS)];
      // What ends may leave something behind: a pull its messages.
      while (running.size > 0) await Promise.all(running);
      timers.forEach((timer) => clearTimeout(timer));
    },
  };
}

function emptyReport(id: string, name = id): QueueReport {
  const counts = { pulled: 0, acked: 0, retried: 0, possible_duplicates: 0, untold: 0 };
  return { id, name, ...counts, backlog: undefined, trouble: undefined };
}
