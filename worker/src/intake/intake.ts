/**
 * From a batch as it was sent to envelope lines: each event is checked alone, copies within the batch are folded into one, and every
 * event ends in exactly one of `taken`, `refused` and `leftOut`.
 */
import { WIRE_LIMITS } from "@sightline/client/wire";
import { createChecker } from "../check/check-event.ts";
import type { Checked, SoundEvent } from "../check/checked.ts";
import { createIdMaker } from "./derived-ids.ts";
import { createEnricher, type Enrich, type RequestFacts } from "./enrich.ts";
import type { EnvelopeLine } from "../envelope/pack.ts";
import { RequestError } from "../errors/errors.ts";
import { fault, type Fault } from "../errors/fault.ts";
import type { Frame, Part } from "../formats/frame.ts";
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
  /** Its envelope, of the head of its first place. */
  envelope: EnvelopeLine;
  /** Writes that envelope. */
  enrich: Enrich;
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
export function takeIn({ parts }: Frame, facts: RequestFacts, key: Rules = {}): Intake {
  const taken = new Map<string, TakenEvent>();
  const refused: RefusedEvent[] = [];
  const leftOut: LeftOutEvent[] = [];
  const derivedIds = new Map<number, string>();
  const makeId = createIdMaker(facts);
  const take = (sent: unknown, index: number, { part, check, enrich }: Reader): void => {
    const refuse = (found: Fault, text: string | undefined): void => {
      refused.push({ index, fault: found, ...reject({ event: sent, index, fault: found, text }, part, facts) });
    };
    const event = sent instanceof MalformedEvent ? sent.refusal : check(sent);
    if (!event.ok) return refuse(event.fault, event.text);
    const { fields, type, contentHash } = event;
    const id = fields.event_id ?? makeId(event);
    if (fields.event_id === undefined) derivedIds.set(index, id);
    const sampleRate = sampleRateOf(type.name, key);
    const original = taken.get(id);
    if (original !== undefined) {
      if (original.event.contentHash !== contentHash) return refuse(fault("event_id_conflict", ["event_id"]), event.text);
      original.envelope = original.enrich(event, { id, copies: original.indexes.push(index), sampleRate });
      return;
    }
    const why = leaveOut(event, sampleRate, facts.shedding);
    if (why !== undefined) leftOut.push({ index, id, type: type.name, fault: { ...fault(why), code: why } });
    else taken.set(id, { id, event, type: type.name, indexes: [index], enrich, envelope: enrich(event, { id, sampleRate }) });
  };
  let index = 0;
  for (const reader of readersOf(parts, facts, key)) {
    for (const sent of reader.part.events) take(sent, index++, reader);
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

/** What reads the events of one part of a batch: its head is theirs. */
interface Reader {
  part: Part;
  check: (sent: unknown) => Checked;
  enrich: Enrich;
}

/** The readers of a batch's parts. Together they add up the bytes of the events, `common` merged. */
function readersOf(parts: readonly Part[], facts: RequestFacts, key: Rules): Reader[] {
  const mostBytes = key.limits?.body_bytes ?? WIRE_LIMITS.bodyBytes;
  let bytes = 0;
  const add = (more: number): void => {
    bytes += more;
    if (bytes <= mostBytes) return;
    const events = parts.reduce((sum, part) => sum + part.events.length, 0);
    throw new RequestError("body_too_large", { details: { events, limit_bytes_merged: mostBytes } });
  };
  return parts.map((part) => ({ part, check: partChecker(part, facts, key, add), enrich: createEnricher(part, facts) }));
}

function partChecker({ common, sent_at }: Part, facts: RequestFacts, key: Rules, add: (bytes: number) => void): Reader["check"] {
  const deadline = sent_at === undefined ? Date.parse(facts.receivedAt) + CLOCK_TOLERANCE_MS : undefined;
  const check = createChecker({ deadline, common, key });
  // An event that is refused before its size is known was merged all the same.
  const leastBytes = common === undefined ? 0 : byteLength(JSON.stringify(common));
  return (sent) => {
    const checked = check(sent);
    add(checked.sentBytes || leastBytes);
    return checked;
  };
}
