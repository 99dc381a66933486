import { WIRE_LIMITS } from "@sightline/client/wire";
import { fault, type Fault } from "../errors/fault.ts";
import type { EventType } from "../events/event-type.ts";
import { registry } from "../events/registry.ts";
import { byteLength } from "../lib/byte-length.ts";
import { isRecord } from "../lib/is-record.ts";
import { mergeCommon } from "../lib/merge-common.ts";
import { checkByRules, faultOfCommon } from "./check-by-rules.ts";
import type { Checked, EventFields } from "./checked.ts";
import { refused, tooLarge, weighed, type Rules } from "./weigh-event.ts";
import { eventWriter, type Common, type WriteEvent } from "./writer/event-writer.ts";

/** Checks the events of one part of a batch, each by itself. */
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
    // Asked for once: of 95,000 names the engine sorts them each time.
    const names = Object.keys(sent);
    // What the type's writer takes is sound. What it does not take is checked by the rules themselves, which know why.
    const written = type && writerOf(type)?.(sent, shared, key, names.length);
    const unsound = shared?.shared === undefined ? faultInCommon() : undefined;
    if (unsound !== undefined) return refused(unsound);
    if (type === undefined || written === undefined) {
      const whole = mergeCommon(sent, common, names.length);
      return checkByRules(whole, rules, mostBytes, common === undefined ? names : Object.keys(whole));
    }
    const sentBytes = written.redacted ? byteLength(JSON.stringify(mergeCommon(sent, common))) : written.bytes;
    if (sentBytes > mostBytes) return refused(tooLarge(mostBytes), { text: written.text, sentBytes });
    const fields = (common ? fieldsOf(sent, common) : sent) as unknown as EventFields;
    return weighed(written, sentBytes, type, fields, rules);
  };
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
