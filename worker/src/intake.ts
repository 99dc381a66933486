/**
 * From a batch as it was sent to envelope lines: each event is checked alone, copies within the batch are folded into one, and every
 * event ends in exactly one of `taken` (by way of an envelope) and `refused`.
 */
import { WIRE_LIMITS } from "@sightline/client/wire";
import { checkEvent, CLOCK_TOLERANCE_MS, type Checked } from "./check-event.ts";
import { enrich, type RequestFacts } from "./enrich.ts";
import type { Envelope } from "./envelope.ts";
import { RequestError } from "./errors.ts";
import { fault, type Fault } from "./fault.ts";
import type { Frame } from "./frame.ts";
import { byteLength } from "./lib/byte-length.ts";
import { hash } from "./lib/hash.ts";
import { isRecord } from "./lib/is-record.ts";
import { mergeCommon } from "./lib/merge-common.ts";
import { reject } from "./reject.ts";
import { scan } from "./scan.ts";

/** An event to be queued. */
export interface Taken {
  envelope: Envelope;
  /** Its places in the batch: more than one where the batch carries copies of it. */
  indexes: number[];
}

/** An event that is refused, and the envelope that says so. */
export interface Refused {
  index: number;
  fault: Fault;
  envelope: ReturnType<typeof reject>;
}

/** What a batch came to. */
export interface Intake {
  taken: Taken[];
  refused: Refused[];
}

/** Takes a batch in. Throws a RequestError (`body_too_large`) where `common`, merged into each event, bursts the limit of a batch. */
export function takeIn(frame: Frame, facts: RequestFacts): Intake {
  const taken = new Map<string, Taken>();
  const refused: Refused[] = [];
  const refuse = (event: unknown, index: number, found: Fault): void => {
    refused.push({ index, fault: found, envelope: reject(event, index, found, frame, facts) });
  };
  const check = eventChecker(frame, facts);
  for (const [index, sent] of frame.events.entries()) {
    const checked = check(sent);
    if (!checked.ok) {
      refuse(sent, index, checked.fault);
      continue;
    }
    const { event, type } = checked;
    const contentHash = hash(event);
    const id = event.event_id ?? derivedId(contentHash, index, facts);
    const original = taken.get(id);
    if (original === undefined) {
      taken.set(id, { envelope: enrich({ id, contentHash, event, type }, frame, facts), indexes: [index] });
    } else if (original.envelope.metadata.content_hash === contentHash) {
      original.envelope.metadata.copies = original.indexes.push(index);
    } else {
      refuse(sent, index, fault("event_id_conflict", ["event_id"]));
    }
  }
  return { taken: [...taken.values()], refused };
}

/** Checks the events of one batch, and counts the bytes that they come to with `common` merged. */
function eventChecker({ common, sent_at, events }: Frame, facts: RequestFacts): (sent: unknown) => Checked {
  const deadline = sent_at === undefined ? Date.parse(facts.receivedAt) + CLOCK_TOLERANCE_MS : undefined;
  const commonFault = common && faultOfCommon(common);
  let bytes = 0;
  return (sent) => {
    if (!isRecord(sent)) return { ok: false, fault: fault("invalid_event"), bytes: 0 };
    if (commonFault !== undefined) return { ok: false, fault: commonFault, bytes: 0 };
    const checked = checkEvent(mergeCommon(sent, common), deadline);
    bytes += checked.bytes;
    if (bytes > WIRE_LIMITS.bodyBytes) {
      throw new RequestError("body_too_large", { details: { events: events.length, limit_bytes_merged: WIRE_LIMITS.bodyBytes } });
    }
    return checked;
  };
}

/** A `common` that no event could carry is found once, not by merging it into 500 events. */
function faultOfCommon(common: Record<string, unknown>): Fault | undefined {
  const unsound = scan(common);
  if (unsound !== undefined) return unsound;
  return byteLength(JSON.stringify(common)) > WIRE_LIMITS.eventBytes ? fault("event_too_large", ["common"]) : undefined;
}

/** The same for every resend: from the caller's key and the event's place, else from what the event says, before any default. */
function derivedId(contentHash: string, index: number, { tenantId, idempotencyKey }: RequestFacts): string {
  return idempotencyKey === undefined
    ? `evt_${hash([tenantId, contentHash])}`
    : `key_${hash([tenantId, "idempotency-key", idempotencyKey, index])}`;
}
