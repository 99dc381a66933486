import { findPersonal } from "@sightline/client/pii";
import { WIRE_LIMITS, WIRE_VERSION } from "@sightline/client/wire";
import type * as z from "zod/mini";
import { RequestError } from "../errors/errors.ts";
import { fault } from "../errors/fault.ts";
import { foreignFormat, withoutForeign } from "./foreign.ts";
import { countedEvents } from "./counted-events.ts";
import { isRecord } from "../lib/is-record.ts";
import { parse } from "../lib/parse.ts";
import { wireFrame } from "../events/schema.ts";

/** A batch whose events are still to be checked. */
export type Frame = z.infer<typeof wireFrame> & {
  /** The body was one event, and the response is to that one. */
  single: boolean;
};

/**
 * The frame of a request's body: an object with `events` is a batch, and so is a list of events; any other object is one event. Strict: a batch that is not what
 * it says it is is refused as a whole, since its sender cannot be told of each event. `mostEvents` is the key's own limit. Throws a RequestError.
 */
export function readFrame(body: unknown, mostEvents: number = WIRE_LIMITS.events): Frame {
  const foreign = foreignFormat(body);
  if (foreign !== undefined) {
    throw new RequestError("foreign_format", { message: foreign.message, details: { format: foreign.name } });
  }
  if (Array.isArray(body)) return { single: false, events: withoutForeign(countedEvents(body, mostEvents)) };
  if (!isRecord(body)) throw new RequestError("invalid_batch");
  if (!Object.hasOwn(body, "events")) return { single: true, events: [body] };
  const { v = WIRE_VERSION, events } = body;
  if (Number.isInteger(v) && v !== WIRE_VERSION)
    throw new RequestError("unsupported_version", { details: { expected: WIRE_VERSION } });
  if (Array.isArray(events)) countedEvents(events, mostEvents);
  const parsed = parse(wireFrame, body);
  if (parsed.success) return { ...withoutPersons(parsed.data), events: withoutForeign(parsed.data.events), single: false };
  const [issue] = parsed.error.issues;
  const keys = issue?.code === "unrecognized_keys" ? issue.keys.slice(0, 1) : [];
  const { path = "" } = fault("invalid_batch", [...(issue?.path ?? []), ...keys]);
  throw new RequestError("invalid_batch", {
    details: { path, expected: keys.length > 0 ? "no such field" : (issue?.message.replace(/^expected /, "") ?? "") },
  });
}

/** These fields go onto each envelope unchanged, so no key may send personal data in them. Card numbers pass, since ids of 16 digits look like them. */
function withoutPersons<T extends { sdk?: string | undefined; session_id?: string | undefined }>(frame: T): T {
  for (const path of ["sdk", "session_id"] as const) {
    if (findPersonal(frame[path] ?? "").some(({ kind }) => kind !== "card"))
      throw new RequestError("invalid_batch", { details: { path, expected: "no personal data" } });
  }
  return frame;
}
