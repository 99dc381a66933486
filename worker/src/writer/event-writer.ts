import type * as z from "zod";
import { isRecord } from "../lib/is-record.ts";
import { membersOf, type Member } from "./compile.ts";

/** Fields whose content is the caller's own, and so bounded by the wire's limits. */
export const BOUNDED: ReadonlySet<string> = new Set(["context", "metrics", "payload"]);

/** What a batch says of each of its events, and how the fields of it that were written already read: by their place in the schema. */
export interface Common {
  fields: Record<string, unknown>;
  texts: (string | undefined)[];
}

/**
 * Writes an event, `common` merged as mergeCommon merges it, as canonical JSON. Undefined: it is not sure that the schema takes it.
 * Much of a batch is in its `common`, which is written once.
 */
export type WriteEvent = (event: Record<string, unknown>, common: Common | undefined) => string | undefined;

/** The writer of a type's events; undefined where its schema has a part that is zod's alone. */
export function eventWriter(schema: z.core.$ZodType): WriteEvent | undefined {
  const { type, shape, catchall, checks } = schema._zod.def as z.core.$ZodObjectDef;
  if (type !== "object" || catchall?._zod.def.type !== "never" || checks?.length) return undefined;
  const members = membersOf(shape, (key) => (BOUNDED.has(key) ? 1 : 0));
  return members && ((event, common) => writeMembers(members, event, common));
}

function writeMembers(
  members: readonly Member[],
  event: Record<string, unknown>,
  common: Common | undefined,
): string | undefined {
  let text = "";
  let own = 0;
  for (let i = 0; i < members.length; i++) {
    const { key, name, required, write } = members[i] as Member;
    const value = event[key];
    const shared = common?.fields[key];
    let written: string | undefined;
    if (value === undefined) {
      if (common === undefined || shared === undefined) {
        if (required) return undefined;
        continue;
      }
      written = common.texts[i] ??= write(shared);
    } else {
      own++;
      written = write(key === "context" && isRecord(value) && isRecord(shared) ? { ...shared, ...value } : value);
    }
    if (written === undefined) return undefined;
    text += text === "" ? name + written : `,${name}${written}`;
  }
  return Object.keys(event).length === own ? `{${text}}` : undefined;
}
