/** What a field may say of a person: `.meta({ pii: "personal" })` on a field's schema, and the map of a type's fields that is made of it. */
import { WIRE_LIMITS } from "@sightline/client/wire";
import * as z from "zod/mini";
import { formsOf, partsOf } from "../lib/schema-parts.ts";

/** Classes of personal data, from harmless to what may only be sent with a reason. */
export const PII_CLASSES = [
  /** Says nothing of a person. The class of every field that names none. */
  "none",
  /** Leads to a person only together with records that are kept elsewhere: an id. */
  "pseudonymous",
  /** Says by itself who somebody is, or where: a name, an address, a date of birth. */
  "personal",
  /** What harms when it gets out: health, diet, belief, politics, sexual life, biometrics, union membership (GDPR, article 9). */
  "sensitive",
] as const;

/** A class of personal data. */
export type PiiClass = (typeof PII_CLASSES)[number];

declare module "zod/v4/core" {
  interface GlobalMeta {
    /** Class of personal data of this field and of all that is in it. @default "none" */
    pii?: PiiClass;
  }
}

/**
 * The class of each field of a schema whose class is not `none`, by its dotted path; `*` stands for each element of a list, each value
 * of a record, and each key that is not declared. Of a field that has a class, what is inside shows only where it has one of its own.
 * What lies deeper than an event may be is left out. Throws a TypeError where a class is none of {@link PII_CLASSES}.
 */
export function piiClasses(schema: z.core.$ZodType): ReadonlyMap<string, PiiClass> {
  const found = new Map<string, PiiClass>();
  collect([schema], [], found);
  return found;
}

function collect(schemas: readonly z.core.$ZodType[], path: readonly string[], found: Map<string, PiiClass>): void {
  const name = path.join(".");
  const forms = schemas.flatMap(formsOf);
  if (forms.some((form) => rank(ownClass(form)) < 0)) {
    throw new TypeError(`pii of ${name || "the event"}: expected one of ${PII_CLASSES.join(", ")}`);
  }
  const highest = classOf(forms);
  if (rank(highest) > rank(found.get(name) ?? "none")) found.set(name, highest);
  if (path.length > WIRE_LIMITS.depth) return;
  for (const { named, others } of forms.map(partsOf)) {
    for (const [key, inner] of named) collect([inner], [...path, key], found);
    if (others.length > 0) collect(others, [...path, "*"], found);
  }
}

/** The class of a value that may be of these forms: where they differ, the highest counts. */
export function classOf(forms: readonly z.core.$ZodType[]): PiiClass {
  let highest: PiiClass = "none";
  for (const form of forms) if (rank(ownClass(form)) > rank(highest)) highest = ownClass(form);
  return highest;
}

function ownClass(schema: z.core.$ZodType): PiiClass {
  return z.globalRegistry.get(schema)?.pii ?? "none";
}

function rank(pii: PiiClass): number {
  return PII_CLASSES.indexOf(pii);
}
