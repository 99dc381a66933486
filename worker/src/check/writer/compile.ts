/**
 * From a zod schema to a function that checks a value and writes it as canonical JSON in the same walk. It accepts less than the schema
 * does or the same, never more, and what it writes is what canonicalJson writes: test/worker/writer.test.ts holds both. What it does
 * not accept goes to zod itself, which knows why.
 *
 * Workers forbid `new Function`, with which zod is fast elsewhere; closures need no step before the build.
 */
import * as z from "zod/mini";
import { WIRE_LIMITS } from "@sightline/client/wire";
import { formOf } from "../../personal/pii-form.ts";
import { boundsOf, type Bounds } from "./bounds.ts";
import { freeText, inList } from "./free-text.ts";
import { openWriter, strictWriter, type Member } from "./member-writers.ts";
import { enumWriter, numberWriter, stringWriter } from "./value-writers.ts";
import { beginField, type Declared, type Depth, type Write } from "./write-pass.ts";

/** Kinds of schemas whose checks their writers make. */
const CHECKED = new Set(["string", "number", "array"]);

/**
 * The schema's writer; undefined where it has a part that this does not know, and is checked by zod alone. `isId` where what it stands in
 * is classed pseudonymous.
 */
export function compile(schema: z.core.$ZodType, depth: Depth = 0, isId = false): Write | undefined {
  const pii = z.globalRegistry.get(schema)?.pii;
  // Whether it may be sent is the write key's to say.
  if (pii === "personal" || pii === "sensitive") return () => undefined;
  const { def, values } = (schema as z.core.$ZodTypes)._zod;
  if (def.checks?.length && !CHECKED.has(def.type)) return undefined;
  const pseudonymous = isId || pii === "pseudonymous";
  const bounds = boundsOf(schema);
  if (bounds === undefined) return undefined;
  switch (def.type) {
    case "string":
      return stringWriter(bounds, depth, pseudonymous, (def as { format?: string }).format === "guid");
    case "number":
      return numberWriter(bounds, depth);
    case "boolean":
      return (value) => (typeof value === "boolean" ? String(value) : undefined);
    case "enum":
    case "literal":
      return values === undefined || pseudonymous ? undefined : enumWriter(values);
    case "any":
    case "unknown":
      // Only a bounded field may hold anything.
      return depth === 0 || pseudonymous ? undefined : (value, pass) => freeText(value, depth, pass);
    case "optional":
      return compile(def.innerType, depth, pseudonymous);
    case "array":
      return listWriter(def.element, bounds, depth);
    case "record":
      return isAnyString(def.keyType) ? objectWriter({}, def.valueType, depth) : undefined;
    case "object":
      return objectWriter(def.shape, def.catchall, depth);
    default:
      return undefined;
  }
}

/** True for `z.string()`, without a format or a check. */
function isAnyString({ _zod: { def } }: z.core.$ZodType): boolean {
  return def.type === "string" && !("check" in def) && !def.checks?.length;
}

function listWriter(element: z.core.$ZodType, { least, most, refine }: Bounds, depth: Depth): Write | undefined {
  const write = compile(element, depth === 0 ? 0 : depth + 1);
  if (write === undefined || depth > WIRE_LIMITS.depth) return undefined;
  return (value, pass) => {
    if (!Array.isArray(value) || value.length < least || value.length > most || (refine && !refine(value as never)))
      return undefined;
    let text = "";
    for (let i = 0; i < value.length; i++) {
      const written = write(value[i], pass);
      if (written === undefined) return undefined;
      text += i > 0 ? `,${inList(written)}` : inList(written);
    }
    return `[${text}]`;
  };
}

/** The members of a shape in the order of their keys; undefined where one cannot be written. `depthOf` says how deep each one stands. */
export function membersOf(shape: Record<string, z.core.$ZodType>, depthOf: (key: string) => Depth): Member[] | undefined {
  const members: Member[] = [];
  for (const key of Object.keys(shape).toSorted()) {
    const schema = shape[key] as z.core.$ZodType;
    const write = compile(schema, depthOf(key));
    if (write === undefined) return undefined;
    const required = schema._zod.optin !== "optional";
    members.push({
      key,
      name: `${JSON.stringify(key)}:`,
      required,
      write: depthOf(key) === 1 ? asField(key, write) : write,
    });
  }
  return members;
}

function asField(key: string, write: Write): Write {
  return (value, pass) => {
    beginField(pass, key);
    return write(value, pass);
  };
}

function objectWriter(
  shape: Record<string, z.core.$ZodType>,
  rest: z.core.$ZodType | undefined,
  depth: Depth,
): Write | undefined {
  const inner = depth === 0 ? 0 : depth + 1;
  const members = membersOf(shape, () => inner);
  if (members === undefined || depth > WIRE_LIMITS.depth) return undefined;
  const isStrict = rest?._zod.def.type === "never";
  if (isStrict && depth === 0) return strictWriter(members);
  if (depth === 0) return undefined;
  const known = new Map(members.map(({ key, write }) => [key, { write, isClassed: isClassed(shape[key] as z.core.$ZodType) }]));
  const others = isStrict ? { write: () => undefined, isClassed: true } : rest && declared(rest, inner);
  return rest !== undefined && others === undefined ? undefined : openWriter(members, known, others, depth);
}

/** What is not declared by name; undefined where it cannot be written. */
function declared(rest: z.core.$ZodType, depth: Depth): Declared | undefined {
  const write = compile(rest, depth);
  return write && { write, isClassed: isClassed(rest) };
}

function isClassed(schema: z.core.$ZodType): boolean {
  return formOf(schema).pii !== "none";
}
