/** What must not be sent about persons: by the class of a declared field, and in free fields by names and patterns. */
import type { EventType } from "./events/event-type.ts";
import { fault, type Fault } from "./fault.ts";
import { isRecord } from "./lib/is-record.ts";
import { holdsEmail, looksPersonal } from "./lib/looks-personal.ts";
import { nameClass } from "./lib/personal-names.ts";
import { piiClasses, type PiiClass } from "./pii-classes.ts";
import { BOUNDED } from "./writer/event-writer.ts";

/** Classes of which a write key may send values; pseudonymous ids are always allowed. */
type Allowed = readonly PiiClass[] | undefined;

interface Walk {
  allowed: Allowed;
  /** Classes of the declared fields, by dotted path with `*` for the elements of lists. */
  classes: ReadonlyMap<string, PiiClass>;
}

/** The first value that must not be sent. The event passed the type's schema already. */
export function personalFault(event: Record<string, unknown>, type: EventType, allowed: Allowed): Fault | undefined {
  const walk = { allowed, classes: piiClasses(type.schema) };
  return membersFault(event, [], "", walk);
}

function valueFault(value: unknown, path: readonly PropertyKey[], declared: string, walk: Walk): Fault | undefined {
  const own = walk.classes.get(declared) ?? walk.classes.get(declared.replace(/[^.]+$/, "*"));
  const found = own ?? (isFree(path) && typeof path.at(-1) === "string" ? nameClass(String(path.at(-1))) : undefined);
  if ((found === "personal" || found === "sensitive") && value !== null) {
    return walk.allowed?.includes(found) ? undefined : fault("pii_detected", path, `a value of class ${found}: leave it out`);
  }
  if (typeof value === "string") {
    const isPersonal =
      own === "pseudonymous" ? looksPersonal(value) : isFree(path) && !walk.allowed?.includes("personal") && holdsEmail(value);
    return isPersonal ? fault("pii_detected", path) : undefined;
  }
  if (Array.isArray(value)) return listFault(value, path, declared, walk);
  return isRecord(value) ? membersFault(value, path, declared, walk) : undefined;
}

function membersFault(object: Record<string, unknown>, path: readonly PropertyKey[], declared: string, walk: Walk) {
  for (const [key, value] of Object.entries(object)) {
    const found =
      valueFault(value, [...path, key], declared === "" ? key : `${declared}.${key}`, walk) ??
      (isFree([...path, key]) && path.length > 0 && !walk.allowed?.includes("personal") && holdsEmail(key)
        ? fault("pii_detected", [...path, key])
        : undefined);
    if (found !== undefined) return found;
  }
  return undefined;
}

function listFault(list: readonly unknown[], path: readonly PropertyKey[], declared: string, walk: Walk): Fault | undefined {
  for (const [index, value] of list.entries()) {
    const found = valueFault(value, [...path, index], `${declared}.*`, walk);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isFree([field]: readonly PropertyKey[]): boolean {
  return BOUNDED.has(String(field));
}
