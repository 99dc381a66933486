import type { BatchAnswer, EventError, SingleAnswer } from "@sightline/client/wire";
import { ERRORS, RequestError, type ErrorCode } from "../errors/errors.ts";
import { fault, type Fault } from "../errors/fault.ts";
import type { Intake } from "./intake.ts";
import { readableId } from "./reject.ts";

/** A fate of one event that is not in the queue. */
export interface Failure extends Fault {
  index: number;
}

/** An intake, with what the queues confirmed of it. */
export interface Stored {
  intake: Intake;
  /** For each taken event, whether the queue has it. */
  takenConfirmed: boolean[];
  /** For each refused event, whether the rejects' queue has it. */
  refusedConfirmed: boolean[];
}

/** Every event that was not taken, in order. One whose refusal could not be recorded is sent again too: it would be counted nowhere. */
export function failuresOf({ intake, takenConfirmed, refusedConfirmed }: Stored): Failure[] {
  const unconfirmed = fault("queue_unavailable");
  const failures: Failure[] = intake.refused.map(({ index, fault: found }, i) => ({
    ...(refusedConfirmed[i] ? found : unconfirmed),
    index,
  }));
  for (const [i, { indexes }] of intake.taken.entries()) {
    if (!takenConfirmed[i]) failures.push(...indexes.map((index) => ({ ...unconfirmed, index })));
  }
  failures.push(...intake.leftOut.map(({ index, fault: found }) => ({ ...found, index })));
  return failures.toSorted((a, b) => a.index - b.index);
}

/** Answer to a single event: 202, or the error contract by way of a RequestError. */
export function singleAnswer(stored: Stored): SingleAnswer {
  const { taken, leftOut } = stored.intake;
  const [out] = leftOut;
  if (out !== undefined) return { event_id: out.id, status: out.fault.code };
  const [failure] = failuresOf(stored);
  if (failure !== undefined) {
    const { code, message, path } = failure;
    throw new RequestError(code, { message, details: path === undefined ? {} : { path } });
  }
  return { event_id: taken[0]?.id ?? "", status: "accepted" };
}

/** Answer to a batch, its status, and whether some of it is to be sent again. */
export function batchAnswer(
  stored: Stored,
  events: readonly unknown[],
): { status: 202 | 207 | 400 | 503; body: BatchAnswer; retry: boolean } {
  const failures = failuresOf(stored);
  const confirmed = stored.intake.taken.filter((_, i) => stored.takenConfirmed[i]);
  const places = confirmed.reduce((sum, { indexes }) => sum + indexes.length, 0);
  const { derivedIds } = stored.intake;
  const errors = failures.map((failure) => toError(failure, derivedIds.get(failure.index) ?? readableId(events[failure.index])));
  const body = {
    accepted: confirmed.length,
    rejected: errors.length,
    duplicates: places - confirmed.length,
    ...(derivedIds.size > 0 && { event_ids: events.map((_, index) => derivedIds.get(index) ?? null) }),
    errors,
  };
  return { status: statusOf(confirmed.length, errors), body, retry: errors.some(({ retryable }) => retryable) };
}

function statusOf(accepted: number, errors: readonly EventError[]): 202 | 207 | 400 | 503 {
  if (errors.length === 0) return 202;
  if (accepted > 0) return 207;
  if (errors.every(({ retryable }) => retryable)) return 503;
  return errors.every(({ error }) => ERRORS[error as ErrorCode].status === 400) ? 400 : 207;
}

function toError({ index, code, message, path }: Failure, event_id: string | undefined): EventError {
  return {
    index,
    ...(event_id !== undefined && { event_id }),
    error: code satisfies ErrorCode,
    ...(path !== undefined && { path }),
    message,
    retryable: ERRORS[code].retryable,
  };
}
