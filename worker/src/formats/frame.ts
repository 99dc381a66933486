import { findPersonal } from "@sightline/client/pii";
import { WIRE_LIMITS, WIRE_VERSION } from "@sightline/client/wire";
import type * as z from "zod/mini";
import { RequestError } from "../errors/errors.ts";
import { fault } from "../errors/fault.ts";
import { foreignFormat, withoutForeign } from "./foreign.ts";
import { checkCount, countedEvents } from "./counted-events.ts";
import { isBatch } from "./is-batch.ts";
import { isRecord } from "../lib/is-record.ts";
import { parse } from "../lib/parse.ts";
import { wireFrame, wirePartedFrame, wirePartFrame } from "../events/schema.ts";

/** Events of one head that are still to be checked, and `sent_at` of their batch: what a batch of version 1 is. */
export type Part = z.infer<typeof wireFrame>;

/** The events of a body, in the parts in which they came: a batch of version 1, a list and a single event are one part. */
export interface Frame {
  /** The body was one event, and the response is to that one. */
  single: boolean;
  /** At least one, with at least one event each. */
  parts: readonly Part[];
}

type Fields = Record<string, unknown>;

/**
 * The frame of a request's body: an object with `events` or `parts` is a batch, and so is a list of events; any other object is one event. Strict: a batch
 * that is not what it says it is is refused as a whole, since its sender cannot be told of each event. `mostEvents` is the key's own limit.
 * Throws a RequestError.
 */
export function readFrame(body: unknown, mostEvents: number = WIRE_LIMITS.events): Frame {
  const foreign = foreignFormat(body);
  if (foreign !== undefined) {
    throw new RequestError("foreign_format", { message: foreign.message, details: { format: foreign.name } });
  }
  if (Array.isArray(body)) return { single: false, parts: [{ events: withoutForeign(countedEvents(body, mostEvents)) }] };
  if (!isRecord(body)) throw new RequestError("invalid_batch");
  if (!isBatch(body)) return { single: true, parts: [{ events: [body] }] };
  return { single: false, parts: readParts(body, mostEvents) };
}

function readParts(body: Fields, mostEvents: number): Part[] {
  const { v = 1 } = body;
  if (v === 2) return readVersion2(body, mostEvents);
  if (v === 1) return [readVersion1(body, mostEvents)];
  if (Number.isInteger(v)) throw new RequestError("unsupported_version", { details: { expected: WIRE_VERSION } });
  throw invalid(["v"], "1 or 2");
}

function readVersion1(body: Fields, mostEvents: number): Part {
  if (Object.hasOwn(body, "parts")) throw invalid(["parts"], "no parts in version 1: a batch that has them says v 2");
  if (Array.isArray(body["events"])) checkCount(body["events"].length, mostEvents);
  return readPart(wireFrame, body, []);
}

function readVersion2(body: Fields, mostEvents: number): Part[] {
  const misplaced = Object.keys(wirePartFrame.shape).find((name) => Object.hasOwn(body, name));
  if (misplaced !== undefined) throw invalid([misplaced], "in version 2 a field of each of parts, and not of the batch");
  if (Array.isArray(body["parts"])) checkCount(countIn(body["parts"]), mostEvents);
  const { sent_at, parts } = parsed(wirePartedFrame, body, []);
  return parts.map((part, at) => ({
    ...(sent_at !== undefined && { sent_at }),
    ...readPart(wirePartFrame, part, ["parts", at]),
  }));
}

/** Events in parts that may be anything. What is no part counts as one, so that no more of them are read than there may be events. */
function countIn(parts: readonly unknown[]): number {
  let count = 0;
  for (const part of parts) count += isRecord(part) && Array.isArray(part["events"]) ? part["events"].length : 1;
  return count;
}

function readPart(schema: typeof wireFrame | typeof wirePartFrame, sent: unknown, place: readonly PropertyKey[]): Part {
  const part: Part = parsed(schema, sent, place);
  // They go onto each envelope unchanged, so no key may send personal data in them. Card numbers pass, since ids of 16 digits look like them.
  for (const name of ["sdk", "session_id"] as const) {
    if (findPersonal(part[name] ?? "").some(({ kind }) => kind !== "card")) throw invalid([...place, name], "no personal data");
  }
  return { ...part, events: withoutForeign(part.events) };
}

/** What a schema reads of a batch, or of a part of one, at its place. Throws `invalid_batch`. */
function parsed<T extends z.ZodMiniType>(schema: T, sent: unknown, place: readonly PropertyKey[]): z.output<T> {
  const result = parse(schema, sent);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  if (issue?.code === "unrecognized_keys") throw invalid([...place, ...issue.path, ...issue.keys.slice(0, 1)], "no such field");
  throw invalid([...place, ...(issue?.path ?? [])], issue?.message.replace(/^expected /, "") ?? "");
}

function invalid(at: readonly PropertyKey[], expected: string): RequestError {
  const { path = "" } = fault("invalid_batch", at);
  return new RequestError("invalid_batch", { details: { path, expected } });
}
