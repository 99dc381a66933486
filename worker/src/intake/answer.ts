import type { BatchAnswer, EventError, SingleAnswer } from "@sightline/client/wire";
import { ERRORS, VerdictError, type ErrorCode } from "../errors/errors.ts";
import type { Failure, BatchOutcome } from "./outcome.ts";
import { readableId } from "./reject.ts";

/** The response to a single event: 202, or the error contract by way of a VerdictError. */
export function singleAnswer({ accepted, failures, leftOut }: BatchOutcome): SingleAnswer {
  const [out] = leftOut;
  if (out !== undefined) return { event_id: out.id, status: out.fault.code };
  const [failure] = failures;
  if (failure !== undefined) {
    const { code, message, path } = failure;
    throw new VerdictError(code, { message, details: path === undefined ? {} : { path } });
  }
  return { event_id: accepted[0]?.id ?? "", status: "accepted" };
}

/** The response to a batch, its status, and whether some of it is to be sent again. */
export function batchAnswer(
  { accepted, failures, derivedIds }: BatchOutcome,
  events: readonly unknown[],
): { status: 202 | 207 | 400 | 503; body: BatchAnswer; retry: boolean } {
  const places = accepted.reduce((sum, { indexes }) => sum + indexes.length, 0);
  const errors = failures.map((failure) => toError(failure, derivedIds.get(failure.index) ?? readableId(events[failure.index])));
  const body = {
    accepted: accepted.length,
    rejected: errors.length,
    duplicates: places - accepted.length,
    ...(derivedIds.size > 0 && { event_ids: events.map((_, index) => derivedIds.get(index) ?? null) }),
    errors,
  };
  return { status: statusOf(accepted.length, errors), body, retry: errors.some(({ retryable }) => retryable) };
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
