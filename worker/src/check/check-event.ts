import { WIRE_LIMITS } from "@sightline/client/wire";
import { canonicalEvent } from "./writer/canonical-event.ts";
import { ERRORS } from "../errors/errors.ts";
import type { EventType } from "../events/event-type.ts";
import { registry } from "../events/registry.ts";
import { fault, type Fault } from "../errors/fault.ts";
import type { KeyPolicy } from "../keys/policy.ts";
import { byteLength } from "../lib/byte-length.ts";
import { isRecord } from "../lib/is-record.ts";
import { nearest } from "../lib/nearest.ts";
import { mergeCommon } from "../lib/merge-common.ts";
import { firstIssue } from "../lib/parse.ts";
import { timestampMs } from "../lib/timestamp.ts";
import { scan } from "./scan.ts";
import { schemaFault } from "./schema-fault.ts";
import { withoutPersonal } from "./without-personal.ts";
import { eventWriter, type Common, type WriteEvent, type Written } from "./writer/event-writer.ts";

/** What events are held to besides the wire's own rules. */
export interface Rules {
  /**
   * The latest time an event may carry, milliseconds since 1970; undefined where the sender's clock is known through `sent_at`, and such
   * events are flagged and not refused.
   */
  deadline?: number | undefined;
  /** What the batch says of each event. */
  common?: Record<string, unknown> | undefined;
  /** What the write key allows. */
  key?: Pick<KeyPolicy, "event_types" | "limits" | "pii" | "strict_join_keys" | "strict_pii"> | undefined;
}

/** What the collector itself reads of an event, `common` merged. */
export interface EventFields {
  event_id?: string;
  request_id?: string;
  unit_id: string;
  timestamp: string;
  seq?: number;
  surface?: string;
  experiments?: readonly unknown[];
  context?: { policy_version_id?: unknown };
}

/** An event that passed. */
export interface SoundEvent {
  ok: true;
  type: EventType;
  fields: EventFields;
  /** The event, `common` merged, in canonical form, without what must not be sent; and its UTF-8 bytes. */
  text: string;
  bytes: number;
  /** Its bytes before anything was taken out, which alone count for limits: `[redacted]` is longer than an address may be. */
  sentBytes: number;
  contentHash: string;
  /** Personal data was taken out of it. */
  redacted: boolean;
}

/** An event that is refused; its size is 0, and its text undefined, where it was refused before they were known. */
export interface UnsoundEvent {
  ok: false;
  fault: Fault;
  sentBytes: number;
  text?: string | undefined;
}

/** A sound event, or what is wrong with it. */
export type Checked = SoundEvent | UnsoundEvent;

/** Checks the events of one batch, each by itself. */
export function createChecker(rules: Rules): (sent: unknown) => Checked {
  const { common, key } = rules;
  const commons = new Map<EventType["schema"], Common>();
  const commonOf = ({ schema }: EventType): Common | undefined => {
    if (common === undefined) return undefined;
    let known = commons.get(schema);
    if (known === undefined) commons.set(schema, (known = { fields: common }));
    return known;
  };
  const mostBytes = key?.limits?.event_bytes ?? WIRE_LIMITS.eventBytes;
  // A `common` that no event could carry is the fault of each. It is looked for once, and not at all where a writer took it whole.
  let commonFault: { found: Fault | undefined } | undefined;
  const faultInCommon = (): Fault | undefined =>
    (commonFault ??= { found: common === undefined ? undefined : faultOfCommon(common) }).found;

  return (sent) => {
    if (!isRecord(sent)) return refused(fault("invalid_event"));
    const type = registry.get(sent["event_type"] as string);
    const shared = type && commonOf(type);
    // What the type's writer takes is sound. What it does not take is checked by the rules themselves, which know why.
    const written = type && writerOf(type)?.(sent, shared, key);
    const unsound = shared?.shared === undefined ? faultInCommon() : undefined;
    if (unsound !== undefined) return refused(unsound);
    if (type === undefined || written === undefined) return slowly(mergeCommon(sent, common), rules, mostBytes);
    const sentBytes = written.redacted ? byteLength(JSON.stringify(mergeCommon(sent, common))) : written.bytes;
    if (sentBytes > mostBytes) return refused(tooLarge(mostBytes), { text: written.text, sentBytes });
    const fields = (common ? fieldsOf(sent, common) : sent) as unknown as EventFields;
    return weighed({ ...written, sentBytes }, type, fields, rules);
  };
}

/** Checks one event by the rules as they are written down: what no writer takes, and what is to be told a reason. */
export function slowly(event: Record<string, unknown>, rules: Rules, mostBytes: number = WIRE_LIMITS.eventBytes): Checked {
  const unsound = scan(event);
  // Nesting of any depth is not to be written: it would exhaust the stack.
  if (unsound?.code === "too_deep") return refused(unsound);
  // The canonical form takes longer, and most of what comes here is refused.
  const text = JSON.stringify(event);
  // Its size counts for nothing where it was refused before it was weighed.
  if (unsound !== undefined) return refused(unsound, { text, sentBytes: 0 });
  const sentBytes = byteLength(text);
  const sent = { text, sentBytes };
  if (sentBytes > mostBytes) return refused(tooLarge(mostBytes), sent);
  const { event_type: name } = event;
  if (name === undefined) return refused(fault("missing_event_type", ["event_type"]), sent);
  if (typeof name !== "string") return refused(fault("invalid_field", ["event_type"], "a string was expected"), sent);
  const type = registry.get(name);
  if (type === undefined) return refused(fault("unknown_event_type", ["event_type"], unknownType(name)), sent);
  const issue = firstIssue(type.schema, event);
  if (issue !== undefined) return refused(schemaFault(issue, event), sent);
  const judged = withoutPersonal(event, type, rules.key);
  if (judged.fault !== undefined) return refused(judged.fault, sent);
  // The event goes on as it was sent, not as zod copied it, but for what must not be sent.
  const { event: clean, redacted } = judged;
  return weighed({ ...canonicalEvent(clean), redacted, sentBytes }, type, clean as unknown as EventFields, rules);
}

/** Says which registered type may have been meant. The sent name itself is not repeated. */
function unknownType(sent: string): string {
  const meant = nearest(sent, registry.keys());
  return `${ERRORS.unknown_event_type.message}${meant === undefined ? "" : `; the nearest is ${meant}`}`;
}

/** What no event could carry of a `common`. */
export function faultOfCommon(common: Record<string, unknown>): Fault | undefined {
  const unsound = scan(common);
  if (unsound !== undefined) return unsound;
  return byteLength(JSON.stringify(common)) > WIRE_LIMITS.eventBytes ? fault("event_too_large", ["common"]) : undefined;
}

/** The rules between fields, and those of the key and the clock. */
function weighed(
  event: Written & { sentBytes: number },
  type: EventType,
  fields: EventFields,
  { deadline, key }: Rules,
): Checked {
  const { text, bytes, hash: contentHash, redacted, sentBytes } = event;
  if (fields.request_id === undefined) {
    if (key?.strict_join_keys && type.envelope === "rec.outcome.recorded.v1")
      return refused(fault("missing_request_id", ["request_id"]), event);
  } else if (fields.surface === undefined) {
    return refused(fault("missing_surface", ["surface"]), event);
  }
  if (deadline !== undefined && timestampMs(fields.timestamp) > deadline)
    return refused(fault("future_timestamp", ["timestamp"]), event);
  if (key?.event_types?.includes(type.name) === false) return refused(fault("type_not_allowed", ["event_type"]), event);
  return { ok: true, type, fields, text, bytes, sentBytes, contentHash, redacted };
}

function refused(found: Fault, known?: { sentBytes: number; text: string }): UnsoundEvent {
  return { ok: false, fault: found, sentBytes: known?.sentBytes ?? 0, text: known?.text };
}

function tooLarge(mostBytes: number): Fault {
  return fault("event_too_large", [], `an event is at most ${mostBytes} bytes`);
}

function fieldsOf(event: Record<string, unknown>, common: Record<string, unknown>) {
  const { event_id, request_id, timestamp, seq, surface, unit_id, experiments, context } = event;
  return {
    event_id,
    request_id,
    timestamp,
    seq,
    surface,
    unit_id: unit_id ?? common["unit_id"],
    experiments: experiments ?? common["experiments"],
    context:
      context === undefined || common["context"] === undefined
        ? (context ?? common["context"])
        : { ...common["context"], ...context },
  };
}

const writers = new Map<EventType["schema"], WriteEvent | undefined>();

function writerOf({ schema }: EventType): WriteEvent | undefined {
  if (!writers.has(schema)) writers.set(schema, eventWriter(schema));
  return writers.get(schema);
}
