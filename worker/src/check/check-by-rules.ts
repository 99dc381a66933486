import { WIRE_LIMITS } from "@sightline/client/wire";
import { ERRORS } from "../errors/errors.ts";
import { fault, type Fault } from "../errors/fault.ts";
import { registry } from "../events/registry.ts";
import { byteLength } from "../lib/byte-length.ts";
import { nearest } from "../lib/nearest.ts";
import { firstIssue } from "../lib/parse.ts";
import type { Checked, EventFields } from "./checked.ts";
import { scan } from "./scan.ts";
import { schemaFault } from "./schema-fault.ts";
import { refused, tooLarge, weighed, type Rules } from "./weigh-event.ts";
import { withoutPersonal } from "./without-personal.ts";
import { canonicalEvent } from "./writer/canonical-event.ts";

/**
 * Checks one event by the schema itself: for events that no writer takes, and for the reason of a refusal. `names` are those of its members,
 * where they are known.
 */
export function checkByRules(
  event: Record<string, unknown>,
  rules: Rules,
  mostBytes: number = WIRE_LIMITS.eventBytes,
  names: readonly string[] = Object.keys(event),
): Checked {
  const unsound = scan(event, names);
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
  if (typeof name !== "string") return refused(fault("invalid_field", ["event_type"], "expected a string"), sent);
  const type = registry.get(name);
  if (type === undefined) return refused(fault("unknown_event_type", ["event_type"], unknownType(name)), sent);
  const issue = firstIssue(type.schema, event);
  if (issue !== undefined) return refused(schemaFault(issue, event), sent);
  const judged = withoutPersonal(event, type, rules.key);
  if (judged.fault !== undefined) return refused(judged.fault, sent);
  // The event is forwarded as it was sent, less personal data, and not as zod copied it.
  const { event: clean, redacted } = judged;
  return weighed(canonicalEvent(clean, redacted), sentBytes, type, clean as unknown as EventFields, rules);
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
