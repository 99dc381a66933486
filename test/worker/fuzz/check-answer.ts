import assert from "node:assert/strict";
import type { BatchAnswer, ErrorAnswer, SingleAnswer } from "@sightline/client/wire";
import { ERRORS, type ErrorCode } from "../../../worker/src/errors/errors.ts";
import type { FuzzRequest } from "./request.ts";
import type { FuzzAnswer } from "./send.ts";

/** What a response says of the events of its request. */
export interface Counts {
  accepted: number;
  rejected: number;
  leftOut: number;
  duplicates: number;
  retryable: number;
}

const NONE: Counts = { accepted: 0, rejected: 0, leftOut: 0, duplicates: 0, retryable: 0 };

/**
 * Holds a response to the contract: no fault of the server's, a known code with its own status, and for a batch a verdict for each event.
 * Throws an AssertionError. Answers what became of the events: all zero where the request was refused as a whole.
 */
export function checkAnswer(request: FuzzRequest, { status, headers, body }: FuzzAnswer): Counts {
  assert(status < 500, `no fault of the server's: ${status} ${body}`);
  assert.equal(headers["x-content-type-options"], "nosniff");
  if (request.method === "HEAD" || status === 204) return NONE;
  assert.match(headers["content-type"] ?? "", /^application\/json/);
  const answer = JSON.parse(body) as Partial<BatchAnswer & SingleAnswer & ErrorAnswer>;
  if (request.isSound) assert.equal(status, 202, `nothing is wrong with it: ${body}`);
  if (answer.error !== undefined) return checkError(request, status, headers, answer.error);
  if (request.method !== "POST") return NONE;
  assert.equal(headers["cache-control"], "no-store");
  if (answer.accepted === undefined) return checkSingle(status, answer);
  return checkBatch(request, status, answer as BatchAnswer);
}

function checkError(request: FuzzRequest, status: number, headers: FuzzAnswer["headers"], error: ErrorAnswer["error"]): Counts {
  assert.deepEqual(Object.keys(error), ["code", "message", "details"]);
  const row = rowOf(error.code);
  assert.equal(row.status, status);
  if (status === 429) assert.match(headers["retry-after"] ?? "", /^[1-9]\d*$/);
  // A single event that is refused for good is recorded.
  return row.scope === "event" && request.method === "POST" ? { ...NONE, rejected: 1 } : NONE;
}

function checkSingle(status: number, { event_id, status: fate }: Partial<SingleAnswer>): Counts {
  assert.deepEqual({ status, fate }, { status: 202, fate: "accepted" });
  assert.match(event_id ?? "", /^[\w-]{8,64}$/);
  return { ...NONE, accepted: 1 };
}

function checkBatch(request: FuzzRequest, status: number, { accepted, rejected, duplicates, errors }: BatchAnswer): Counts {
  assert.equal(errors.length, rejected);
  const counts = { ...NONE, accepted, duplicates };
  let before = -1;
  for (const { index, error, message, retryable } of errors) {
    assert(index > before, "each index once, in order");
    before = index;
    const row = rowOf(error);
    assert.equal(row.retryable, retryable);
    assert.equal(typeof message, "string");
    if (retryable) counts.retryable++;
    else if (row.status === 202) counts.leftOut++;
    else counts.rejected++;
  }
  const { rejected: refused, leftOut, retryable } = counts;
  const all = accepted + duplicates + refused + leftOut + retryable;
  if (request.text !== undefined) assert.equal(eventsIn(request.text, request.headers), all, "each event has one fate");
  assert(before < all, "an index is a place in the batch");
  assert.equal(status, errors.length === 0 ? 202 : accepted > 0 || refused < errors.length ? 207 : 400);
  return counts;
}

/** Events that a body says: by line, or in a list, with a frame or without, or in several lists. */
function eventsIn(text: string, { "content-type": type = "" }: FuzzRequest["headers"]): number {
  if (/ndjson|jsonl/i.test(type)) return text.split("\n").filter((line) => line.trim() !== "").length;
  const body = JSON.parse(text) as unknown[] | { events: unknown[] } | { parts: { events: unknown[] }[] };
  if (Array.isArray(body)) return body.length;
  return "parts" in body ? body.parts.reduce((sum, { events }) => sum + events.length, 0) : body.events.length;
}

function rowOf(code: string): (typeof ERRORS)[ErrorCode] {
  assert(Object.hasOwn(ERRORS, code), `a code of the closed table: ${code}`);
  return ERRORS[code as ErrorCode];
}
