/** Writers of objects, of whose members a schema names some. */
import { objectText } from "./free-text.ts";
import type { Declared, Depth, Write, WritePass } from "./write-pass.ts";

/** A member that the schema names. */
export interface Member {
  key: string;
  /** The key as JSON, with its colon. */
  name: string;
  required: boolean;
  write: Write;
}

/** Those of the members that an object has; undefined where one that is required is not there, or one cannot be written. */
export function writeMembers(
  members: readonly Member[],
  object: Record<string, unknown>,
  pass: WritePass,
): { text: string; count: number } | undefined {
  let text = "";
  let count = 0;
  for (let i = 0; i < members.length; i++) {
    const { key, name, required, write } = members[i] as Member;
    const value = object[key];
    if (value === undefined) {
      if (required) return undefined;
      continue;
    }
    const written = write(value, pass);
    if (written === undefined) return undefined;
    text += count++ === 0 ? name + written : `,${name}${written}`;
  }
  return { text, count };
}

/** Only the members that the schema names, outside of bounded fields. */
export function strictWriter(members: readonly Member[]): Write {
  return (value, pass) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    const written = writeMembers(members, value as Record<string, unknown>, pass);
    return written !== undefined && Object.keys(value).length === written.count ? `{${written.text}}` : undefined;
  };
}

/** The members that the schema names, and others, in a bounded field. Without a rule for others zod takes them, and they are written as they are. */
export function openWriter(
  members: readonly Member[],
  known: ReadonlyMap<string, Declared>,
  others: Declared | undefined,
  depth: Depth,
): Write {
  const required = members.filter((member) => member.required).map(({ key }) => key);
  const declaredOf = (key: string): Declared | undefined => known.get(key) ?? others;
  return (value, pass) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    if (required.some((key) => !Object.hasOwn(value, key))) return undefined;
    return objectText(value as Record<string, unknown>, depth, pass, declaredOf);
  };
}
