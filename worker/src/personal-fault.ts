/** What must not be sent about persons: by the class of a declared field, and in free fields by names and patterns. */
import type { EventType } from "./events/event-type.ts";
import { fault, type Fault } from "./fault.ts";
import { holdsEmail, looksPersonal } from "./lib/looks-personal.ts";
import { nameClass } from "./lib/personal-names.ts";

import type { PiiClass } from "./pii-classes.ts";
import { formOf, formWithin, type Form } from "./pii-form.ts";
import { BOUNDED } from "./writer/event-writer.ts";

/** Classes of which a write key may send values; pseudonymous ids are always allowed. */
type Allowed = readonly PiiClass[] | undefined;

/** What a field may hold whatever its name: whether there is one, and what the SDK's scrubber leaves, `[redacted]` and the like. */
const SAFE = /^(true|false|\[\w+\]|)$/;

/** The first value that must not be sent. The event passed the type's schema already. */
export function personalFault(event: Record<string, unknown>, type: EventType, allowed: Allowed): Fault | undefined {
  return membersFault(event, formOf(type.schema), { path: [], isFree: false, allowed });
}

/** Where the walk is. */
interface Walk {
  path: PropertyKey[];
  /** Within one of the fields whose content is the caller's own. */
  isFree: boolean;
  allowed: Allowed;
}

function valueFault(value: unknown, key: PropertyKey, form: Form, walk: Walk): Fault | undefined {
  const { allowed, path } = walk;
  const own = form.pii;
  const isNamed = own === "none" && walk.isFree && typeof key === "string";
  const found = isNamed ? nameClass(key) : own;
  if (found === "personal" || found === "sensitive") {
    const isSafe = value === null || (isNamed && typeof value !== "object" && SAFE.test(String(value)));
    if (!isSafe)
      return allowed?.includes(found) ? undefined : fault("pii_detected", path, `a value of class ${found}: leave it out`);
  }
  if (typeof value === "string") {
    const isPersonal = own === "pseudonymous" ? looksPersonal(value) : holdsPersonal(value, walk);
    return isPersonal ? fault("pii_detected", path) : undefined;
  }
  return typeof value === "object" && value !== null ? membersFault(value, form, walk) : undefined;
}

/** Of an object or a list. */
function membersFault(whole: object, form: Form, walk: Walk): Fault | undefined {
  const { path } = walk;
  const isList = Array.isArray(whole);
  const keys = isList ? undefined : Object.keys(whole);
  const count = isList ? whole.length : (keys as string[]).length;
  const at = path.push("") - 1;
  for (let i = 0; i < count; i++) {
    const key = keys === undefined ? i : (keys[i] as string);
    path[at] = key;
    if (at === 0) walk.isFree = BOUNDED.has(String(key));
    const value = (whole as Record<PropertyKey, unknown>)[key];
    const found = valueFault(value, key, formWithin(form, isList ? undefined : String(key)), walk);
    if (found !== undefined) return found;
    if (!isList && at > 0 && holdsPersonal(String(key), walk)) return fault("pii_detected", path);
  }
  path.pop();
  return undefined;
}

/** True for a text or a key of the caller's own that must not be sent. */
function holdsPersonal(text: string, { isFree, allowed }: Walk): boolean {
  return isFree && !allowed?.includes("personal") && holdsEmail(text);
}
