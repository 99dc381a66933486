/**
 * What must not be sent about persons. In what is the caller's own (`context`, `metrics`, `payload`) it is taken out by its form and by the
 * names of fields, and the event goes on without it. An id cannot be changed, nor a field that a type's schema declares: there the event is
 * refused.
 */
import type { EventType } from "../events/event-type.ts";
import { fault, type Fault } from "../errors/fault.ts";
import { FREE_FIELDS } from "../events/field-names.ts";
import { sortedKeys } from "../lib/sorted-keys.ts";
import { piiClasses } from "../personal/pii-classes.ts";
import { formOf, formWithin, type Form } from "../personal/pii-form.ts";
import { classByName, isHiddenNumber, REDACTED, redactNames, redactText, type PersonalRules } from "../personal/redact.ts";

/** Of UUIDs, which say nothing. */
const HARMLESS = "experiments";

/** An event as it may be forwarded, or why it may not. */
export type Judged = { fault: Fault } | { fault?: undefined; event: Record<string, unknown>; redacted: boolean };

/** Redacts an event that has passed its type's schema. The given event is not changed; it is returned itself where nothing is redacted. */
export function withoutPersonal(event: Record<string, unknown>, type: EventType, rules: PersonalRules = {}): Judged {
  const walk: Walk = { path: [], isFree: false, rules, found: undefined, redacted: false };
  // What is the caller's own is redacted, which takes long, and refused only where the key or the schema says so: else the other fields come first.
  if (!rules.strict_pii && !hasClasses(type)) {
    const others = Object.entries(event).filter(([name]) => !FREE_FIELDS.has(name));
    cleanMembers(Object.fromEntries(others), formOf(type.schema), walk);
    if (walk.found !== undefined) return { fault: walk.found };
  }
  const clean = cleanMembers(event, formOf(type.schema), walk) as Record<string, unknown>;
  return walk.found === undefined ? { event: clean, redacted: walk.redacted } : { fault: walk.found };
}

const classed = new WeakMap<EventType, boolean>();

/** True for a type whose schema has a class for something within the caller's own fields. */
function hasClasses(type: EventType): boolean {
  let known = classed.get(type);
  if (known === undefined) {
    known = Array.from(piiClasses(type.schema).keys()).some((path) => FREE_FIELDS.has(path.split(".")[0] as string));
    classed.set(type, known);
  }
  return known;
}

/** Where the walk is, and what it found. */
interface Walk {
  path: PropertyKey[];
  /** Within one of the fields whose content is the caller's own. */
  isFree: boolean;
  rules: PersonalRules;
  found: Fault | undefined;
  redacted: boolean;
}

function cleanValue(value: unknown, key: PropertyKey, form: Form, walk: Walk): unknown {
  const { rules, isFree } = walk;
  if (form.pii === "personal" || form.pii === "sensitive") {
    if (value !== null && !rules.pii?.includes(form.pii)) walk.found = faultOf(form.pii, walk);
    return value;
  }
  const named = form.pii === "none" && isFree && typeof key === "string" ? classByName(key, value, rules) : undefined;
  if (named !== undefined) return take(named, walk);
  if (typeof value === "string") return cleanText(value, isFree && form.pii === "none", walk);
  if (typeof value === "number") return isFree && isHiddenNumber(value, rules) ? take("sensitive", walk) : value;
  return typeof value === "object" && value !== null ? cleanMembers(value, form, walk) : value;
}

function faultOf(found: string, { path }: Walk): Fault {
  return fault("pii_detected", path, `a value of class ${found}: leave it out`);
}

/** What replaces a redacted value. A metric, which would have to be a number, is left out. */
function take(found: "personal" | "sensitive", walk: Walk): unknown {
  if (walk.rules.strict_pii) walk.found = faultOf(found, walk);
  walk.redacted = true;
  return walk.path[0] === "metrics" && typeof walk.path.at(-1) === "string" ? undefined : REDACTED;
}

function cleanText(text: string, isOwn: boolean, walk: Walk): string {
  const clean = redactText(text, walk.rules);
  if (clean === text) return text;
  if (isOwn && !walk.rules.strict_pii) walk.redacted = true;
  else walk.found = fault("pii_detected", walk.path);
  return clean;
}

/** Of an object or a list. It is copied where something of it is taken out. */
function cleanMembers(whole: object, form: Form, walk: Walk): object {
  return Array.isArray(whole) ? cleanList(whole, form, walk) : cleanObject(whole as Record<string, unknown>, form, walk);
}

function cleanList(list: readonly unknown[], form: Form, walk: Walk): readonly unknown[] {
  const at = walk.path.push(0) - 1;
  let copy: unknown[] | undefined;
  for (let i = 0; i < list.length && walk.found === undefined; i++) {
    walk.path[at] = i;
    const clean = cleanValue(list[i], i, formWithin(form), walk);
    if (clean !== list[i]) (copy ??= [...list])[i] = clean;
  }
  walk.path.pop();
  return copy ?? list;
}

function cleanObject(object: Record<string, unknown>, form: Form, walk: Walk): Record<string, unknown> {
  const at = walk.path.push("") - 1;
  const sentAs = at > 0 && walk.isFree ? redactNames(sortedKeys(object), walk.rules) : undefined;
  const names = sentAs && new Map(Array.from(sentAs, ([name, sent]) => [sent, name]));
  if (names !== undefined) walk.redacted = true;
  const members: [string, unknown][] = [];
  let isSame = names === undefined;
  for (const key of Object.keys(object)) {
    walk.path[at] = key;
    if (at === 0) walk.isFree = FREE_FIELDS.has(key);
    const value = object[key];
    const clean = at === 0 && key === HARMLESS ? value : cleanValue(value, key, formWithin(form, key), walk);
    if (walk.rules.strict_pii && (names?.get(key) ?? key) !== key) walk.found ??= fault("pii_detected", walk.path);
    if (walk.found !== undefined) break;
    if (clean !== value) isSame = false;
    if (clean !== undefined) members.push([names?.get(key) ?? key, clean]);
  }
  walk.path.pop();
  return isSame ? object : Object.fromEntries(members);
}
