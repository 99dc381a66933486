/**
 * From a zod schema to a function that checks a value and writes it as canonical JSON in the same walk. It accepts less than the schema
 * does or the same, never more, and what it writes is what canonicalJson writes: test/worker/writer.test.ts holds both. What it does
 * not accept goes to zod itself, which knows why.
 *
 * Workers forbid `new Function`, with which zod is fast elsewhere; closures need no step before the build.
 */
import * as z from "zod";
import { WIRE_LIMITS } from "@sightline/client/wire";
import { isSound, stringText } from "../lib/json-text.ts";
import { looksPersonal } from "../lib/looks-personal.ts";
import { beginField, freeKey, freeString, freeText } from "./free-text.ts";

/** Writes a value, or answers undefined where it is not sure that the schema takes it. */
export type Write = (value: unknown) => string | undefined;

/** Where a value stands: in a bounded field (`context`, `metrics`, `payload`), and how deep in it, 1 being the field itself; 0 outside. */
type Depth = number;

type Def = z.core.$ZodTypeDef & Record<string, any>;

/** The schema's writer; undefined where it has a part that this does not know, and is checked by zod alone. */
export function compile(schema: z.core.$ZodType, depth: Depth = 0): Write | undefined {
  const pii = z.globalRegistry.get(schema)?.pii;
  // Whether it may be sent is the write key's to say.
  if (pii === "personal" || pii === "sensitive") return () => undefined;
  const def = schema._zod.def as Def;
  const checks = checksOf(def);
  if (checks === undefined) return undefined;
  if (pii === "pseudonymous") checks.push((value) => typeof value !== "string" || !looksPersonal(value));
  switch (def.type) {
    case "string":
      return stringWriter(checks, depth);
    case "number":
      return (value) =>
        typeof value === "number" && Number.isFinite(value) && passes(value, checks) ? String(value) : undefined;
    case "boolean":
      return (value) => (typeof value === "boolean" ? String(value) : undefined);
    case "enum":
      return enumWriter(Object.values(def["entries"] as Record<string, string>));
    case "literal":
      return enumWriter(def["values"] as unknown[]);
    case "any":
    case "unknown":
      // Only a bounded field may hold anything.
      return depth === 0 ? undefined : (value) => freeText(value, depth);
    case "optional":
      return compile(def["innerType"], depth);
    case "array":
      return listWriter(def["element"], checks, depth);
    case "record":
      return checks.length > 0 || (def["keyType"]._zod.def as Def)["checks"]?.length
        ? undefined
        : objectWriter({}, def["valueType"], depth);
    case "object":
      return checks.length > 0 ? undefined : objectWriter(def["shape"], def["catchall"], depth);
    default:
      return undefined;
  }
}

type Check = (value: any) => boolean;

/** Formats of zod's that are their pattern and nothing more. */
const PATTERNED = new Set(["regex", "guid", "uuid", "nanoid", "starts_with", "ends_with", "includes"]);

function passes(value: unknown, checks: readonly Check[]): boolean {
  for (const check of checks) if (!check(value)) return false;
  return true;
}

/** The checks of a schema as functions; undefined where one is not known. */
function checksOf(def: Def): Check[] | undefined {
  const own = def["check"] === undefined ? [] : [def];
  const all = [...own, ...((def["checks"] ?? []) as unknown as { _zod: { def: Def } }[]).map(({ _zod }) => _zod.def)].map(
    checkOf,
  );
  return all.includes(undefined) ? undefined : (all as Check[]);
}

function checkOf(def: Def): Check | undefined {
  switch (def["check"]) {
    case "min_length":
      return (value: { length: number }) => value.length >= def["minimum"];
    case "max_length":
      return (value: { length: number }) => value.length <= def["maximum"];
    case "greater_than":
      return (value: number) => (def["inclusive"] ? value >= def["value"] : value > def["value"]);
    case "less_than":
      return (value: number) => (def["inclusive"] ? value <= def["value"] : value < def["value"]);
    case "number_format":
      return def["format"] === "safeint" ? Number.isSafeInteger : undefined;
    case "string_format":
      return PATTERNED.has(def["format"]) && !def["pattern"].global && !def["pattern"].sticky
        ? (value: string) => (def["pattern"] as RegExp).test(value)
        : undefined;
    case "custom":
      // A refinement answers a truth; one that is asynchronous or adds issues of its own is zod's alone.
      return def.type === "custom" && def["fn"]?.length === 1 ? def["fn"] : undefined;
    default:
      return undefined;
  }
}

function stringWriter(checks: readonly Check[], depth: Depth): Write {
  const text = depth === 0 ? plainString : freeString;
  return (value) => (typeof value === "string" && passes(value, checks) ? text(value) : undefined);
}

/** Outside of bounded fields a string may be as long as the schema says. Broken text is left to scan.ts. */
function plainString(value: string): string | undefined {
  const text = stringText(value);
  return text.length === value.length + 2 || isSound(value) ? text : undefined;
}

function enumWriter(values: readonly unknown[]): Write {
  const texts = new Map(values.map((value) => [value, JSON.stringify(value)]));
  return (value) => texts.get(value);
}

function listWriter(element: z.core.$ZodType, checks: readonly Check[], depth: Depth): Write | undefined {
  const write = compile(element, depth === 0 ? 0 : depth + 1);
  if (write === undefined) return undefined;
  return (value) => {
    if (!Array.isArray(value) || !passes(value, checks)) return undefined;
    let text = "";
    for (const item of value) {
      const written = write(item);
      if (written === undefined) return undefined;
      text += text === "" ? written : `,${written}`;
    }
    return `[${text}]`;
  };
}

/** A member that the schema names. */
export interface Member {
  key: string;
  /** The key as JSON, with its colon. */
  name: string;
  required: boolean;
  write: Write;
}

/** The members of a shape in the order of their keys; undefined where one cannot be written. `depthOf` says how deep each one stands. */
export function membersOf(shape: Record<string, z.core.$ZodType>, depthOf: (key: string) => Depth): Member[] | undefined {
  const members: Member[] = [];
  for (const key of Object.keys(shape).toSorted()) {
    const schema = shape[key] as z.core.$ZodType;
    const write = compile(schema, depthOf(key));
    if (write === undefined) return undefined;
    const required = schema._zod.optin !== "optional";
    members.push({ key, name: `${JSON.stringify(key)}:`, required, write: depthOf(key) === 1 ? startingAnew(write) : write });
  }
  return members;
}

function startingAnew(write: Write): Write {
  return (value) => {
    beginField();
    return write(value);
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
  // Without a rule for the rest zod takes whatever else there is, and the event goes on as it was sent.
  const others = isStrict
    ? () => undefined
    : rest === undefined
      ? (value: unknown) => freeText(value, inner)
      : compile(rest, inner);
  return others && openWriter(members, others);
}

/** Only the members that the schema names, outside of bounded fields. */
function strictWriter(members: readonly Member[]): Write {
  return (value) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    const object = value as Record<string, unknown>;
    let text = "";
    let found = 0;
    for (const { key, name, required, write } of members) {
      const member = object[key];
      if (member === undefined) {
        if (required) return undefined;
        continue;
      }
      const written = write(member);
      if (written === undefined) return undefined;
      text += found++ === 0 ? name + written : `,${name}${written}`;
    }
    return Object.keys(object).length === found ? `{${text}}` : undefined;
  };
}

/** The members that the schema names, and others, in a bounded field. */
function openWriter(members: readonly Member[], others: Write): Write {
  const known = new Map(members.map((member) => [member.key, member.write]));
  const required = members.filter((member) => member.required).map(({ key }) => key);
  return (value) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    const object = value as Record<string, unknown>;
    if (required.some((key) => !Object.hasOwn(object, key))) return undefined;
    let text = "";
    for (const key of Object.keys(object).sort()) {
      const name = freeKey(key);
      const written = (known.get(key) ?? others)(object[key]);
      if (name === undefined || written === undefined) return undefined;
      text += text === "" ? name + written : `,${name}${written}`;
    }
    return `{${text}}`;
  };
}
