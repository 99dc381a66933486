/**
 * From a batch as it was sent to envelope lines: each event is checked alone, copies within the batch are folded into one, and every
 * event ends in exactly one of `taken`, `refused` and `leftOut`.
 */
import { WIRE_LIMITS } from "@sightline/client/wire";
import { CLOCK_TOLERANCE_MS, createChecker, type Checked, type SoundEvent } from "./check-event.ts";
import { createEnricher, type RequestFacts } from "./enrich.ts";
import { RequestError } from "./errors.ts";
import { fault, type Fault } from "./fault.ts";
import type { Frame } from "./frame.ts";
import type { KeyPolicy } from "./keys/policy.ts";
import { byteLength } from "./lib/byte-length.ts";
import { hash } from "./lib/hash.ts";
import { inSample } from "./lib/in-sample.ts";
import { reject } from "./reject.ts";
import { scan } from "./scan.ts";

/** An event to be queued. */
export interface Taken {
  id: string;
  type: string;
  /** Its envelope, as a line of JSON. */
  line: string;
  /** Decides its shard, and on the bus its partition. */
  partitionKey: string;
  /** Its places in the batch: more than one where the batch carries copies of it. */
  indexes: number[];
}

/** An event that is refused, and the line that says so. */
export interface Refused {
  index: number;
  fault: Fault;
  type: string;
  line: string;
}

/** An event that is sound, and left out by design. */
export interface LeftOut {
  index: number;
  id: string;
  type: string;
  fault: Fault & { code: "shed" | "sampled_out" };
}

/** What a batch came to. */
export interface Intake {
  taken: Taken[];
  refused: Refused[];
  leftOut: LeftOut[];
}

type Rules = Pick<KeyPolicy, "event_types" | "limits" | "pii" | "sample_rates" | "strict_join_keys">;

interface Kept {
  event: SoundEvent;
  indexes: number[];
  sampleRate: number | undefined;
}

/** Takes a batch in. Throws a RequestError (`body_too_large`) where `common`, merged into each event, bursts the limit of a batch. */
export function takeIn(frame: Frame, facts: RequestFacts, key: Rules = {}): Intake {
  const kept = new Map<string, Kept>();
  const refused: Refused[] = [];
  const leftOut: LeftOut[] = [];
  const refuse = (event: unknown, index: number, found: Fault): void => {
    refused.push({ index, fault: found, ...reject(event, index, found, frame, facts) });
  };
  const check = batchChecker(frame, facts, key);
  for (let index = 0; index < frame.events.length; index++) {
    const sent = frame.events[index];
    const event = check(sent);
    if (!event.ok) {
      refuse(sent, index, event.fault);
      continue;
    }
    const { fields, type, contentHash } = event;
    const id = fields.event_id ?? derivedId(event.text, index, facts);
    const original = kept.get(id);
    if (original !== undefined) {
      if (original.event.contentHash === contentHash) original.indexes.push(index);
      else refuse(sent, index, fault("event_id_conflict", ["event_id"]));
      continue;
    }
    const sampleRate = key.sample_rates?.[type.name];
    const why = leaveOut(event, sampleRate, facts.shedding);
    if (why === undefined) kept.set(id, { event, indexes: [index], sampleRate });
    else leftOut.push({ index, id, type: type.name, fault: { ...fault(why), code: why } });
  }
  return { taken: written(kept, createEnricher(frame, facts)), refused, leftOut };
}

function written(kept: ReadonlyMap<string, Kept>, enrich: ReturnType<typeof createEnricher>): Taken[] {
  return Array.from(kept, ([id, { event, indexes, sampleRate }]) => ({
    id,
    type: event.type.name,
    line: enrich(event, { id, copies: indexes.length, sampleRate }),
    partitionKey: event.fields.request_id ?? event.fields.unit_id,
    indexes,
  }));
}

/** Exposures give way to outcomes, and what says how a session fared is never left out. */
function leaveOut({ type, fields }: SoundEvent, rate: number | undefined, shedding = false): "shed" | "sampled_out" | undefined {
  if (shedding && (type.name === "exposure" || type.name === "decision")) return "shed";
  const unit = fields.request_id ?? fields.unit_id;
  return rate === undefined || inSample(unit, rate) ? undefined : "sampled_out";
}

/** Checks the events of one batch, and counts the bytes that they come to with `common` merged. */
function batchChecker({ common, sent_at, events }: Frame, facts: RequestFacts, key: Rules): (sent: unknown) => Checked {
  const deadline = sent_at === undefined ? Date.parse(facts.receivedAt) + CLOCK_TOLERANCE_MS : undefined;
  const mostBytes = key.limits?.body_bytes ?? WIRE_LIMITS.bodyBytes;
  const commonFault = common && faultOfCommon(common);
  const check = createChecker({ deadline, common, key });
  let bytes = 0;
  return (sent) => {
    if (commonFault !== undefined) return { ok: false, fault: commonFault, bytes: 0 };
    const checked = check(sent);
    bytes += checked.bytes;
    if (bytes > mostBytes) {
      throw new RequestError("body_too_large", { details: { events: events.length, limit_bytes_merged: mostBytes } });
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
function derivedId(text: string, index: number, { tenantId, idempotencyKey }: RequestFacts): string {
  return idempotencyKey === undefined
    ? `evt_${hash([tenantId, text])}`
    : `key_${hash([tenantId, "idempotency-key", idempotencyKey, index])}`;
}
