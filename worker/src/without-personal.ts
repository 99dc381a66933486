/**
 * What must not be sent about persons. In what is the caller's own (`context`, `metrics`, `payload`) it is taken out by its form and by the
 * names of fields, and the event goes on without it. An id cannot be changed, nor a field that a type's schema declares: there the event is
 * refused.
 */
import { hidePersonal, isCardNumber, KINDS, nameClass, type Kind } from "@sightline/client/pii";
import type { EventType } from "./events/event-type.ts";
import { fault, type Fault } from "./fault.ts";
import type { KeyPolicy } from "./keys/policy.ts";
import { formOf, formWithin, type Form } from "./pii-form.ts";
import { BOUNDED } from "./writer/event-writer.ts";

/** What stands in the place of what was taken out. */
const REDACTED = "[redacted]";

/** What a field may hold whatever its name: whether there is one, and what the SDK's scrubber leaves, `[redacted]` and the like. */
const SAFE = /^(true|false|\[\w+\]|)$/;

/** Of UUIDs, which say nothing. */
const HARMLESS = "experiments";

/** What a write key says of personal data. */
export type PersonalRules = Pick<KeyPolicy, "pii" | "strict_pii">;

/** An event as it may go on, or why it may not. */
export type Judged = { fault: Fault } | { fault?: undefined; event: Record<string, unknown>; redacted: boolean };

/** Judges an event, which passed the type's schema already. What it is given is not changed; where nothing is taken out, it goes on itself. */
export function withoutPersonal(event: Record<string, unknown>, type: EventType, rules: PersonalRules = {}): Judged {
  const walk: Walk = { path: [], isFree: false, rules, found: undefined, redacted: false };
  const clean = cleanMembers(event, formOf(type.schema), walk) as Record<string, unknown>;
  return walk.found === undefined ? { event: clean, redacted: walk.redacted } : { fault: walk.found };
}

/** Where the walk is, and what it came upon. */
interface Walk {
  path: PropertyKey[];
  /** Within one of the fields whose content is the caller's own. */
  isFree: boolean;
  rules: PersonalRules;
  found: Fault | undefined;
  redacted: boolean;
}

function cleanValue(value: unknown, key: PropertyKey, form: Form, walk: Walk): unknown {
  const own = form.pii;
  const isNamed = own === "none" && walk.isFree && typeof key === "string";
  const found = isNamed ? nameClass(key) : own;
  if (found === "personal" || found === "sensitive") {
    const isSafe = value === null || (isNamed && typeof value !== "object" && SAFE.test(String(value)));
    if (!isSafe) return take(value, found, isNamed, walk);
  }
  if (typeof value === "string") return cleanText(value, walk.isFree && own !== "pseudonymous", walk);
  if (typeof value === "number") return walk.isFree && isCardNumber(value) ? take(value, KINDS.card, true, walk) : value;
  return typeof value === "object" && value !== null ? cleanMembers(value, form, walk) : value;
}

/** A value that is of a class as a whole. Of metrics, which are numbers, it is left out. */
function take(value: unknown, found: "personal" | "sensitive", isOwn: boolean, walk: Walk): unknown {
  if (walk.rules.pii?.includes(found)) return value;
  if (!isOwn || walk.rules.strict_pii) {
    walk.found = fault("pii_detected", walk.path, `a value of class ${found}: leave it out`);
    return value;
  }
  walk.redacted = true;
  return walk.path[0] === "metrics" ? undefined : REDACTED;
}

function cleanText(text: string, isOwn: boolean, walk: Walk): string {
  const { pii, strict_pii: isStrict } = walk.rules;
  let isFound = false;
  const clean = hidePersonal(text, (kind: Kind) => {
    if (pii?.includes(KINDS[kind])) return undefined;
    isFound = true;
    return REDACTED;
  });
  if (!isFound) return text;
  if (isOwn && !isStrict) walk.redacted = true;
  else walk.found ??= fault("pii_detected", walk.path);
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
  let copy: Map<string, unknown> | undefined;
  for (const key of Object.keys(object)) {
    if (at === 0 && key === HARMLESS) continue;
    walk.path[at] = key;
    if (at === 0) walk.isFree = BOUNDED.has(key);
    const value = object[key];
    const clean = cleanValue(value, key, formWithin(form, key), walk);
    const name = at > 0 && walk.isFree && walk.found === undefined ? cleanText(key, true, walk) : key;
    if (walk.found !== undefined) break;
    if (clean === value && name === key) continue;
    copy ??= new Map(Object.entries(object));
    copy.delete(key);
    if (clean !== undefined) copy.set(freeName(name, copy), clean);
  }
  walk.path.pop();
  return copy === undefined ? object : Object.fromEntries(copy);
}

/** Two addresses as keys are two keys. */
function freeName(name: string, taken: ReadonlyMap<string, unknown>): string {
  return taken.has(name) ? `${name} ${taken.size}` : name;
}
