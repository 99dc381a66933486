/** What both ways of checking an event share of taking personal data out of what is the caller's own: see without-personal.ts. */
import { hidePersonal, isCardNumber, KINDS, nameClass, type Kind } from "@sightline/client/pii";
import type { KeyPolicy } from "../keys/policy.ts";

/** What a write key says of personal data. */
export type PersonalRules = Pick<KeyPolicy, "pii" | "strict_pii">;

/** What stands in the place of what was taken out. */
export const REDACTED = "[redacted]";

/** What a field may hold whatever its name: whether there is one, and what the SDK's scrubber leaves, `[redacted]` and the like. */
const SAFE = /^(true|false|\[\w+\]|)$/;

/** The text without what the key may not send; itself where there is nothing of that. */
export function redactText(text: string, { pii }: PersonalRules): string {
  return hidePersonal(text, (kind: Kind) => (pii?.includes(KINDS[kind]) ? undefined : REDACTED));
}

/** True for a number that the key may not send. */
export function isHiddenNumber(value: number, { pii }: PersonalRules): boolean {
  return isCardNumber(value) && !pii?.includes(KINDS.card);
}

/** The class of a value that is not to be sent because of its field's name. */
export function classByName(name: string, value: unknown, { pii }: PersonalRules): "personal" | "sensitive" | undefined {
  const found = nameClass(name);
  if (found === undefined || value === null || pii?.includes(found)) return undefined;
  return typeof value !== "object" && SAFE.test(String(value)) ? undefined : found;
}

/**
 * What the names among these become that are personal themselves; undefined where none is. Two addresses are still two names, and which is
 * which does not depend on the order that they were sent in.
 */
export function redactNames(sorted: readonly string[], rules: PersonalRules): ReadonlyMap<string, string> | undefined {
  let clean: Map<string, string> | undefined;
  let taken: Set<string> | undefined;
  let count = 1;
  for (const name of sorted) {
    const redacted = redactText(name, rules);
    if (redacted === name) continue;
    // No other name can be one that was redacted.
    taken ??= new Set(sorted.filter((other) => other.includes(REDACTED)));
    let free = redacted;
    while (taken.has(free)) free = `${redacted} ${++count}`;
    taken.add(free);
    (clean ??= new Map()).set(name, free);
  }
  return clean;
}

/** What names become, in order, and as which each was sent: no two are the same. The engine's own order of texts is faster than one that is asked of a function. */
export function renamed(
  sent: readonly string[],
  clean: ReadonlyMap<string, string>,
): { names: string[]; sent: Map<string, string> } {
  const names: string[] = [];
  const keys = new Map<string, string>();
  for (const key of sent) {
    const name = clean.get(key) ?? key;
    names.push(name);
    keys.set(name, key);
  }
  return { names: names.toSorted(), sent: keys };
}
