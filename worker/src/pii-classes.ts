/** What a field may say of a person: `.meta({ pii: "personal" })` on a field's schema, and the map of a type's fields that is made of it. */
import * as z from "zod";

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

declare module "zod" {
  interface GlobalMeta {
    /** Class of personal data of this field and of all that is in it. @default "none" */
    pii?: PiiClass;
  }
}

const known = new WeakMap<z.core.$ZodType, ReadonlyMap<string, PiiClass>>();

/**
 * The class of each field of a schema whose class is not `none`, by its dotted path; `*` stands for each element of a list, each value
 * of a record, and each key that is not declared. Of a field that has a class, what is inside shows only where it has one of its own.
 * Made once a schema. Throws a TypeError where a class is none of {@link PII_CLASSES}.
 */
export function piiClasses(schema: z.core.$ZodType): ReadonlyMap<string, PiiClass> {
  let classes = known.get(schema);
  if (classes === undefined) {
    const found = new Map<string, PiiClass>();
    collect(schema, [], found);
    known.set(schema, (classes = found));
  }
  return classes;
}

function collect(schema: z.core.$ZodType, path: readonly string[], found: Map<string, PiiClass>): void {
  const own = z.globalRegistry.get(schema)?.pii ?? "none";
  const name = path.join(".");
  if (!PII_CLASSES.includes(own)) {
    throw new TypeError(`pii of ${name || "the event"}: one of ${PII_CLASSES.join(", ")} was expected`);
  }
  // Where a field is of several forms, or wrapped, the highest class counts.
  const before = found.get(name) ?? "none";
  if (PII_CLASSES.indexOf(own) > PII_CLASSES.indexOf(before)) found.set(name, own);
  for (const [key, inner] of partsOf(schema)) collect(inner, key === undefined ? path : [...path, key], found);
}

/** What a schema is made of: inner schemas, each with the key it stands under; without one where it is the same value. */
function partsOf(schema: z.core.$ZodType): [string | undefined, z.core.$ZodType][] {
  const { def } = schema as unknown as { def: z.core.$ZodTypes["_zod"]["def"] };
  switch (def.type) {
    case "object":
      return [...Object.entries(def.shape), ...(def.catchall ? [["*", def.catchall] as [string, z.core.$ZodType]] : [])];
    case "array":
      return [["*", def.element]];
    case "record":
      return [["*", def.valueType]];
    case "union":
      return def.options.map((option) => [undefined, option]);
    case "optional":
    case "nullable":
    case "readonly":
      return [[undefined, def.innerType]];
    default:
      return [];
  }
}
