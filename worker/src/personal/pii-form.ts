/** What a schema says of the values within it, as without-personal.ts asks for it: found out once, for an event can have thousands of values. */
import type * as z from "zod/mini";
import { formsOf, formsWithin, partsOf } from "../lib/schema-parts.ts";
import { classOf, type PiiClass } from "./pii-classes.ts";

/** All that a value may be of. */
export interface Form {
  /** The class of the value itself. */
  readonly pii: PiiClass;
  readonly schemas: readonly z.core.$ZodType[];
  /** What members are of, by the keys that a schema declares. */
  readonly named: Map<string, Form | undefined>;
  /** What all other members are of, and elements of lists; made when it is asked for, since a schema may hold itself. */
  others?: Form;
}

const known = new WeakMap<z.core.$ZodType, Form>();

/** The form of a schema. */
export function formOf(schema: z.core.$ZodType): Form {
  let form = known.get(schema);
  if (form === undefined) known.set(schema, (form = make(formsOf(schema))));
  return form;
}

function make(schemas: readonly z.core.$ZodType[]): Form {
  const keys = schemas.flatMap((schema) => [...partsOf(schema).named.keys()]);
  return { pii: classOf(schemas), schemas, named: new Map(keys.map((key) => [key, undefined])) };
}

/** The form of an object's member; without a key, of a list's elements. */
export function formWithin(form: Form, key?: string): Form {
  if (key === undefined || !form.named.has(key)) return (form.others ??= make(formsWithin(form.schemas)));
  let inner = form.named.get(key);
  if (inner === undefined) form.named.set(key, (inner = make(formsWithin(form.schemas, key))));
  return inner;
}
