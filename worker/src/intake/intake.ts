/**
 * From a batch as it was sent to envelope lines: each event is checked alone, copies within the batch are folded into one, and every
 * event ends in exactly one of `taken`, `refused` and `leftOut`.
 */
import { WIRE_LIMITS } from "@sightline/client/wire";
import { createChecker } from "../check/check-event.ts";
import type { Checked, SoundEvent } from "../check/checked.ts";
import { createIdMaker } from "./derived-ids.ts";
import { createEnricher, type RequestFacts } from "./enrich.ts";
import type { EnvelopeLine } from "../envelope/pack.ts";
import { RequestError } from "../errors/errors.ts";
import { fault, type Fault } from "../errors/fault.ts";
import type { Frame } from "../formats/frame.ts";
import type { KeyPolicy } from "../keys/policy.ts";
import { MalformedEvent } from "../formats/malformed-event.ts";
import { byteLength } from "../lib/byte-length.ts";
import { CLOCK_TOLERANCE_MS } from "../lib/clock-tolerance.ts";
import { inSample } from "../lib/in-sample.ts";
import { reject } from "./reject.ts";

/** An event to be queued. */
export interface TakenEvent {
  id: string;
  type: string;
  /** Its envelope. */
  envelope: EnvelopeLine;
  event: SoundEvent;
  /** Its places in the batch: more than one where the batch carries copies of it. */
  indexes: number[];
}

/** An event that is refused. */
export interface RefusedEvent {
  index: number;
  fault: Fault;
  type: string;
  /** The envelope that says so. */
  envelope: EnvelopeLine;
}

/** An event that is sound, and left out by design. */
export interface LeftOutEvent {
  index: number;
  id: string;
  type: string;
  fault: Fault & { code: "shed" | "sampled_out" };
}

/** The events of a batch, by what is to become of them. */
export interface Intake {
  taken: TakenEvent[];
  refused: RefusedEvent[];
  leftOut: LeftOutEvent[];
  /** The ids of the sound events that came without one, by their places. */
  derivedIds: ReadonlyMap<number, string>;
}

type Rules = Pick<KeyPolicy, "event_types" | "limits" | "pii" | "sample_rates" | "strict_join_keys" | "strict_pii">;

/** Takes a batch in. Throws a RequestError (`body_too_large`) where `common`, merged into each event, bursts the limit of a batch. */
export function takeIn(frame: Frame, facts: RequestFacts, key: Rules = {}): Intake {
  const taken = new Map<string, TakenEvent>();
  const refused: RefusedEvent[] = [];
  const leftOut: LeftOutEvent[] = [];
  const refuse = (event: unknown, index: number, found: Fault, text: string | undefined): void => {
    refused.push({ index, fault: found, ...reject({ event, index, fault: found, text }, frame, facts) });
  };
  const check = batchChecker(frame, facts, key);
  const enrich = createEnricher(frame, facts);
  const makeId = createIdMaker(facts);
  const derivedIds = new Map<number, string>();
  for (let index = 0; index < frame.events.length; index++) {
    const sent = frame.events[index];
    const event = sent instanceof MalformedEvent ? sent.refusal : check(sent);
    if (!event.ok) {
      refuse(sent, index, event.fault, event.text);
      continue;
    }
    const { fields, type, contentHash } = event;
    const id = fields.event_id ?? makeId(event);
    if (fields.event_id === undefined) derivedIds.set(index, id);
    const sampleRate = sampleRateOf(type.name, key);
    const original = taken.get(id);
    if (original !== undefined) {
      if (original.event.contentHash !== contentHash) refuse(sent, index, fault("event_id_conflict", ["event_id"]), event.text);
      else original.envelope = enrich(event, { id, copies: original.indexes.push(index), sampleRate });
      continue;
    }
    const why = leaveOut(event, sampleRate, facts.shedding);
    if (why !== undefined) leftOut.push({ index, id, type: type.name, fault: { ...fault(why), code: why } });
    else taken.set(id, { id, event, type: type.name, indexes: [index], envelope: enrich(event, { id, sampleRate }) });
  }
  return { taken: [...taken.values()], refused, leftOut, derivedIds };
}

/** Share of events of a type that is kept; undefined where that is all. */
function sampleRateOf(type: string, { sample_rates = {} }: Rules): number | undefined {
  const rate = Object.hasOwn(sample_rates, type) ? sample_rates[type] : 1;
  return rate === 1 ? undefined : rate;
}

/** Under load exposures and decisions are shed; outcomes and an SDK's own reports are not. */
function leaveOut({ type, fields }: SoundEvent, rate: number | undefined, shedding = false): "shed" | "sampled_out" | undefined {
  if (shedding && (type.name === "exposure" || type.name === "decision")) return "shed";
  const unit = fields.request_id ?? fields.unit_id;
  return rate === undefined || inSample(unit, rate) ? undefined : "sampled_out";
}

/** Checks the events of one batch, and adds up their bytes with `common` merged. */
function batchChecker({ common, sent_at, events }: Frame, facts: RequestFacts, key: Rules): (sent: unknown) => Checked {
  const deadline = sent_at === undefined ? Date.parse(facts.receivedAt) + CLOCK_TOLERANCE_MS : undefined;
  const mostBytes = key.limits?.body_bytes ?? WIRE_LIMITS.bodyBytes;
  const check = createChecker({ deadline, common, key });
  // An event that is refused before its size is known was merged all the same.
  const leastBytes = common === undefined ? 0 : byteLength(JSON.stringify(common));
  let bytes = 0;
  return (sent) => {
    const checked = check(sent);
    bytes += checked.sentBytes || leastBytes;
    if (bytes > mostBytes) {
      throw new RequestError("body_too_large", { details: { events: events.length, limit_bytes_merged: mostBytes } });
    }
    return checked;
  };
}
