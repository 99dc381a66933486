/** What zod's schemas are made of, for whoever walks a schema and a value side by side. */
import type * as z from "zod";

type Schema = z.core.$ZodType;

/** The parts of one schema. */
interface Parts {
  /** Schemas of the very same value: what is wrapped, and the forms of a choice. */
  same: readonly Schema[];
  /** Of an object's declared keys. */
  named: ReadonlyMap<string, Schema>;
  /** Of the elements of a list, the values of a record, and the keys that an object does not declare. */
  others: readonly Schema[];
}

const NOTHING: Parts = { same: [], named: new Map(), others: [] };
const known = new WeakMap<Schema, Parts>();

/** The parts of a schema. Made once. */
export function partsOf(schema: Schema): Parts {
  let parts = known.get(schema);
  if (parts === undefined) known.set(schema, (parts = { ...NOTHING, ...partsOfKind((schema as z.core.$ZodTypes)._zod.def) }));
  return parts;
}

function partsOfKind(def: z.core.$ZodTypes["_zod"]["def"]): Partial<Parts> {
  switch (def.type) {
    case "object":
      return { named: new Map(Object.entries(def.shape)), others: def.catchall ? [def.catchall] : [] };
    case "array":
      return { others: [def.element] };
    case "tuple":
      return { others: [...def.items, ...(def.rest ? [def.rest] : [])] };
    case "record":
      return { others: [def.valueType] };
    case "union":
      return { same: def.options };
    case "intersection":
      return { same: [def.left, def.right] };
    case "pipe":
      return { same: [def.in, def.out] };
    case "lazy":
      return { same: [def.getter()] };
    case "optional":
    case "nullable":
    case "readonly":
    case "nonoptional":
    case "default":
    case "prefault":
    case "catch":
      return { same: [def.innerType] };
    default:
      return {};
  }
}

const forms = new WeakMap<Schema, readonly Schema[]>();

/** A schema, and all that a value of it may be of besides. */
export function formsOf(schema: Schema): readonly Schema[] {
  let found = forms.get(schema);
  if (found === undefined) forms.set(schema, (found = [schema, ...partsOf(schema).same.flatMap(formsOf)]));
  return found;
}

/** The forms of an object's member. */
export function formsOfMember(of: readonly Schema[], key: string): readonly Schema[] {
  return of.flatMap((form) => {
    const { named, others } = partsOf(form);
    const declared = named.get(key);
    return declared === undefined ? others.flatMap(formsOf) : formsOf(declared);
  });
}

/** The forms of a list's elements. */
export function formsOfElements(of: readonly Schema[]): readonly Schema[] {
  return of.flatMap((form) => partsOf(form).others.flatMap(formsOf));
}
