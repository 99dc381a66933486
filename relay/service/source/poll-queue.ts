/** The loop of the source `pull` over one queue: pull, hand on, pause where there was nothing or something failed. */
import { setTimeout as sleep } from "node:timers/promises";
import { unpackedSize } from "@sightline/worker/pack";
import type { Budget, Room } from "./budget.ts";
import { type Pace, pollDelayMs, troubleDelayMs } from "./pace.ts";
import { deliveryMessage } from "./pulled-message.ts";
import { type QueueClient, QueueApiError } from "./queue-client.ts";
import type { Lease, Settler } from "./settler.ts";
import type { SourceParts } from "./source.ts";

/** The most that Cloudflare hands out at a time. */
const BATCH = 100;
/** Bytes that a pull is expected to bring, until it has: a full batch of packs. */
const EXPECTED_BYTES = BATCH * 63_000;
/** Failures in a row, but for refusals, before they are told as trouble. */
const PATIENCE = 3;

/** What became of a queue's messages since the start. */
export interface QueueReport {
  id: string;
  /** Its name, or its id until that is known. */
  name: string;
  pulled: number;
  acked: number;
  /** Given back for a later delivery. */
  retried: number;
  /** Acks that the queue warned about: each of these messages may come again. */
  possible_duplicates: number;
  /** Messages whose verdict the queue could not be told; they come again. */
  untold: number;
  /** Messages that wait, by the last pull; undefined where the queue did not say. */
  backlog: number | undefined;
  /** Why it cannot be pulled; undefined where it can. */
  trouble: string | undefined;
}

/** One queue, and what its loop works with. */
export interface Poller extends SourceParts {
  report: QueueReport;
  /** Whether the report has the queue's name. */
  named: boolean;
  client: QueueClient;
  /** How long the queue keeps what was pulled from others, milliseconds. */
  visibilityMs: number;
  budget: Budget;
  settler: Settler;
  pace: Pace;
  /** Aborted: no more is pulled. */
  stopping: AbortSignal;
  /** Aborted: the pull under way is given up. */
  givingUp: AbortSignal;
  /** Keeps what runs until it has ended. */
  track: (work: Promise<void>) => void;
}

/** Polls a queue until it is told to stop. Does not reject. */
export async function pollQueue(poller: Poller): Promise<void> {
  const { stopping, notTaking, pace, budget, report, log } = poller;
  let [empty, failed] = [0, 0];
  while (!stopping.aborted) {
    const room = notTaking() === undefined ? await budget.acquire(EXPECTED_BYTES, stopping) : undefined;
    // Room may have been long in coming.
    if (room === undefined || notTaking() !== undefined) {
      room?.release();
      await pause(pace.lookMs, stopping);
      continue;
    }
    try {
      const found = await pullOnce(poller, room);
      empty = found ? 0 : empty + 1;
      failed = 0;
      if (report.trouble !== undefined) log.info({ queue: report.name }, "the queue can be pulled again");
      report.trouble = undefined;
      if (!found) await pause(pollDelayMs(empty, pace), stopping);
    } catch (error) {
      room.release();
      if (!stopping.aborted) noteTrouble(poller, error as Error, ++failed);
      await pause(troubleDelayMs(failed, isRefusal(error), pace), stopping);
    }
  }
}

/** Pulls, and has what it brought worked on; false where that was nothing. `room` is released in the end, unless this rejects. */
async function pullOnce(poller: Poller, room: Room): Promise<boolean> {
  const { client, report, visibilityMs, givingUp, track } = poller;
  if (!poller.named) {
    report.name = await client.nameOf(report.id, givingUp);
    poller.named = true;
  }
  // From before the pull: the queue counts from when it handed the messages out.
  const until = Date.now() + visibilityMs;
  const pulled = await client.pull(report.id, { batch_size: BATCH, visibility_timeout_ms: visibilityMs }, givingUp);
  const messages = pulled.messages ?? [];
  report.backlog = pulled.message_backlog_count ?? undefined;
  report.pulled += messages.length;
  if (messages.length === 0) {
    room.release();
    return false;
  }
  const leases = messages.map((message): Lease => ({ lease_id: message.lease_id, message: deliveryMessage(message), until }));
  room.resize(leases.reduce((sum, { message }) => sum + unpackedSize(message.body), 0));
  track(workOn(poller, leases).finally(() => room.release()));
  return true;
}

async function workOn({ report, settler, take, stopping }: Poller, leases: Lease[]): Promise<void> {
  // What a pull brings that was under way at the end goes back at once: nobody else would have it until its lease expires.
  await (stopping.aborted ? settler.giveBack(report, leases) : settler.settle(report, leases, take));
}

function noteTrouble({ report, log }: Poller, error: Error, failed: number): void {
  if (!isRefusal(error) && failed < PATIENCE) {
    log.warn({ queue: report.name, reason: error.message }, "a pull failed; trying again");
    return;
  }
  const trouble = `the queue ${report.name} cannot be pulled: ${error.message}`;
  if (trouble !== report.trouble)
    log.error({ queue: report.name, reason: error.message }, "the queue cannot be pulled; trying on");
  report.trouble = trouble;
}

function isRefusal(error: unknown): boolean {
  return error instanceof QueueApiError && error.refused;
}

/** Waits; less when the signal is aborted. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {});
}
