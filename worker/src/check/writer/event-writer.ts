import type * as z from "zod/mini";
import { joinEvent, sharedText, type CanonicalEvent, type SharedText } from "./canonical-event.ts";
import { COMMON_FIELDS, FREE_FIELDS } from "../../events/field-names.ts";
import { isRecord } from "../../lib/is-record.ts";
import type { PersonalRules } from "../../personal/redact.ts";
import { membersOf } from "./compile.ts";
import { writeMembers, type Member } from "./member-writers.ts";
import { beginEvent, type WritePass } from "./write-pass.ts";

/** A batch's `common`, and how it reads as events of one type have it that add nothing to it: written with the first of them. */
export interface Common {
  fields: Record<string, unknown>;
  shared?: SharedText | undefined;
  /** Something was taken out of `shared`. */
  isRedacted?: boolean;
}

/**
 * Writes an event, `common` merged as mergeCommon merges it, in canonical form, without what the key may not send. Undefined: it is not sure that the schema takes it, or
 * the event has more than the schema knows. `members` says how many it has, where that is known.
 */
export type WriteEvent = (
  event: Record<string, unknown>,
  common: Common | undefined,
  rules?: PersonalRules,
  members?: number,
) => CanonicalEvent | undefined;

/** The writer of a type's events; undefined where its schema has a part that is zod's alone. */
export function eventWriter(schema: z.core.$ZodType): WriteEvent | undefined {
  const { type, shape, catchall, checks } = schema._zod.def as z.core.$ZodObjectDef;
  if (type !== "object" || catchall?._zod.def.type !== "never" || checks?.length) return undefined;
  const members = membersOf(shape, (key) => (FREE_FIELDS.has(key) ? 1 : 0));
  if (members === undefined) return undefined;
  const own = members.filter(({ key }) => !COMMON_FIELDS.has(key));
  const shared = members.filter(({ key }) => COMMON_FIELDS.has(key));
  // What is written after a field that is the caller's own, and is not one.
  const late = [...own.slice(own.findIndex(isFree)), ...shared].filter((member) => !isFree(member));

  return function writeEvent(event, common, rules = {}, count = Object.keys(event).length) {
    const pass = beginEvent(rules);
    if (FREE_KEYS.some((key) => event[key] !== undefined) && !passes(late, event, pass)) return undefined;
    const ownText = writeMembers(own, event, pass);
    if (ownText === undefined) return undefined;
    const present = countShared(event);
    if (count !== ownText.count + present) return undefined;
    const isOwnRedacted = pass.isRedacted;
    if (present === 0 && common?.shared !== undefined)
      return joinEvent(ownText.text, common.shared, isOwnRedacted || common.isRedacted === true);
    pass.isRedacted = false;
    const merged = common === undefined ? event : withCommon(event, common.fields);
    const sharedMembers = writeMembers(shared, merged, pass);
    // A common may carry what this type has no field for.
    if (sharedMembers === undefined || sharedMembers.count !== countShared(merged)) return undefined;
    const written = sharedText(sharedMembers.text);
    const { isRedacted } = pass;
    if (present === 0 && common !== undefined) Object.assign(common, { shared: written, isRedacted });
    return joinEvent(ownText.text, written, isOwnRedacted || isRedacted);
  };
}

/**
 * Looks at these before the caller's own fields are written, which takes long where much has to be taken out: all of that would be for nothing.
 * They are written again later, which takes next to nothing.
 */
function passes(members: readonly Member[], event: Record<string, unknown>, pass: WritePass): boolean {
  for (const { key, write } of members) {
    const value = event[key];
    if (value !== undefined && write(value, pass) === undefined) return false;
  }
  return true;
}

const isFree = ({ key }: Member): boolean => FREE_FIELDS.has(key);
const FREE_KEYS = [...FREE_FIELDS] as string[];
const COMMON_KEYS = [...COMMON_FIELDS];

function countShared(event: Record<string, unknown>): number {
  let count = 0;
  for (const key of COMMON_KEYS) if (event[key] !== undefined) count++;
  return count;
}

/** What the event and the batch say together; null is a value, and the event's own. */
function withCommon(event: Record<string, unknown>, common: Record<string, unknown>): Record<string, unknown> {
  const own = (key: string): unknown => (event[key] === undefined ? common[key] : event[key]);
  const isBoth = isRecord(event["context"]) && isRecord(common["context"]);
  return {
    unit_type: own("unit_type"),
    unit_id: own("unit_id"),
    experiments: own("experiments"),
    context: isBoth ? { ...(common["context"] as object), ...(event["context"] as object) } : own("context"),
  };
}
