/** What must not be sent about persons: by the class of a declared field, and in free fields by names and patterns. */
import type * as z from "zod/mini";
import type { EventType } from "./events/event-type.ts";
import { fault, type Fault } from "./fault.ts";
import { holdsEmail, looksPersonal } from "./lib/looks-personal.ts";
import { nameClass } from "./lib/personal-names.ts";
import { formsOf, formsWithin } from "./lib/schema-parts.ts";
import { classOf, type PiiClass } from "./pii-classes.ts";
import { BOUNDED } from "./writer/event-writer.ts";

/** Classes of which a write key may send values; pseudonymous ids are always allowed. */
type Allowed = readonly PiiClass[] | undefined;

/** What a field may hold whatever its name: whether there is one, and what the SDK's scrubber leaves, `[redacted]` and the like. */
const SAFE = /^(true|false|\[\w+\]|)$/;

/** What the type's schema says of a value: the schemas that it may be of. */
type Forms = readonly z.core.$ZodType[];

/** The first value that must not be sent. The event passed the type's schema already. */
export function personalFault(event: Record<string, unknown>, type: EventType, allowed: Allowed): Fault | undefined {
  return membersFault(event, [], formsOf(type.schema), allowed);
}

function valueFault(value: unknown, path: readonly PropertyKey[], forms: Forms, allowed: Allowed): Fault | undefined {
  const own = classOf(forms);
  const isNamed = own === "none" && isFree(path) && typeof path.at(-1) === "string";
  const found = isNamed ? nameClass(String(path.at(-1))) : own;
  const isSafe = value === null || (isNamed && typeof value !== "object" && SAFE.test(String(value)));
  if ((found === "personal" || found === "sensitive") && !isSafe) {
    return allowed?.includes(found) ? undefined : fault("pii_detected", path, `a value of class ${found}: leave it out`);
  }
  if (typeof value === "string") {
    const isPersonal =
      own === "pseudonymous" ? looksPersonal(value) : isFree(path) && !allowed?.includes("personal") && holdsEmail(value);
    return isPersonal ? fault("pii_detected", path) : undefined;
  }
  return typeof value === "object" && value !== null ? membersFault(value, path, forms, allowed) : undefined;
}

/** Of an object or a list. */
function membersFault(whole: object, path: readonly PropertyKey[], forms: Forms, allowed: Allowed): Fault | undefined {
  const isList = Array.isArray(whole);
  for (const [key, value] of Object.entries(whole)) {
    const inner = [...path, isList ? Number(key) : key];
    const found =
      valueFault(value, inner, formsWithin(forms, isList ? undefined : key), allowed) ??
      (path.length > 0 && isFree(inner) && !allowed?.includes("personal") && holdsEmail(key)
        ? fault("pii_detected", inner)
        : undefined);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isFree([field]: readonly PropertyKey[]): boolean {
  return BOUNDED.has(String(field));
}
