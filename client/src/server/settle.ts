import type { Reply } from "../delivery/reply.ts";
import type { BatchAnswer, EventError } from "../wire/index.ts";
import type { Part } from "./cut-chunks.ts";

/** Adds a reply to the answer, and returns the events that are to be sent again: none on the last try, where they become errors. */
export function settle(parts: Part[], reply: Reply, answer: BatchAnswer, isLast: boolean): Part[] {
  if (!reply.answer) {
    if (!isLast) return parts;
    addErrors(
      answer,
      parts.map((part) => errorOf(part, "unavailable", reply.reason, true)),
    );
    return [];
  }
  const { accepted, duplicates, errors } = reply.answer;
  answer.accepted += accepted;
  answer.duplicates += duplicates;
  const own = errors.map((error) => ({ ...error, index: parts[error.index]?.index ?? -1 }));
  addErrors(
    answer,
    own.filter(({ retryable }) => isLast || !retryable),
  );
  return isLast ? [] : errors.flatMap(({ index, retryable }) => (retryable ? (parts[index] ?? []) : []));
}

/** Adds events that were not taken. */
export function addErrors(answer: BatchAnswer, errors: EventError[]): void {
  answer.errors.push(...errors);
  answer.rejected += errors.length;
}

/** The error of an event that the collector gave no verdict on. */
export function errorOf(part: Part | undefined, error: string, message: string, retryable: boolean): EventError {
  return { index: part?.index ?? -1, error, message, retryable };
}
