/** What zod's schemas are made of, for whoever walks a schema and a value side by side. */
import type * as z from "zod/mini";

type Schema = z.core.$ZodType;

/** The parts of one schema. */
interface Parts {
  /** Schemas of the very same value: this one, what it wraps, and the forms of a choice. */
  forms: readonly Schema[];
  /** Of an object's declared keys. */
  named: ReadonlyMap<string, Schema>;
  /** Of the elements of a list, the values of a record, and the keys that an object does not declare. */
  others: readonly Schema[];
}

/** The names that zod has for parts, of whatever kind a schema is: so no kind is forgotten. */
const SAME = ["innerType", "left", "right", "in", "out", "options"];
const OTHERS = ["element", "valueType", "catchall", "rest", "items"];

const known = new WeakMap<Schema, Parts>();

/** The parts of a schema. Made once. */
export function partsOf(schema: Schema): Parts {
  let parts = known.get(schema);
  if (parts === undefined) {
    const def = schema._zod.def as unknown as Record<string, Schema | Schema[] | undefined>;
    const { shape = {}, getter } = def as { shape?: Record<string, Schema>; getter?: () => Schema };
    const under = (names: string[]): Schema[] => names.flatMap((name) => def[name] ?? []);
    const same = [...under(SAME), ...(getter ? [getter()] : [])];
    parts = { forms: [schema, ...same.flatMap(formsOf)], named: new Map(Object.entries(shape)), others: under(OTHERS) };
    known.set(schema, parts);
  }
  return parts;
}

/** A schema, and all that a value of it may be of besides. */
export function formsOf(schema: Schema): readonly Schema[] {
  return partsOf(schema).forms;
}

/** The forms of an object's member; without a key, of a list's elements. */
export function formsWithin(of: readonly Schema[], key?: string): readonly Schema[] {
  return of.flatMap((form) => {
    const { named, others } = partsOf(form);
    const declared = key === undefined ? undefined : named.get(key);
    return (declared === undefined ? others : [declared]).flatMap(formsOf);
  });
}
